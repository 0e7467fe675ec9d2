"""What Keras lacks. Emitted source carries the text of what it uses, so each piece stands alone."""

from __future__ import annotations

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("netspec")
class UnbiasedBatchNormalization(layers.BatchNormalization):
    """Batch norm whose moving variance keeps the batch's unbiased variance, as torch's does."""

    def call(
        self,
        inputs: keras.KerasTensor,
        training: bool | None = None,
        mask: keras.KerasTensor | None = None,
    ) -> keras.KerasTensor:
        kept = ops.multiply(self.momentum, self.moving_variance)
        outputs = super().call(inputs, training=training, mask=mask)
        if training and self.trainable:
            count = ops.cast(ops.size(inputs) // ops.shape(inputs)[-1], kept.dtype)
            moved = ops.subtract(self.moving_variance, kept)
            self.moving_variance.assign(kept + moved * count / (count - 1))
        return outputs


@keras.saving.register_keras_serializable("netspec")
class InfinitePadding2D(layers.ZeroPadding2D):
    """Padding that no maximum takes: minus infinity."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        (top, bottom), (left, right) = self.padding
        around = ((0, 0), (top, bottom), (left, right), (0, 0))
        return ops.pad(inputs, around, constant_values=float("-inf"))


@keras.saving.register_keras_serializable("netspec")
class InsideAveragePooling2D(layers.Layer):
    """An average pool over any padding, divided by the pixels inside the map.

    `pads` are ((top, bottom), (left, right)).
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int],
        pads: tuple[tuple[int, int], tuple[int, int]],
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.pads = pool_size, strides, pads

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        around = ((0, 0), *self.pads, (0, 0))
        inside = ops.ones_like(inputs[:1, :, :, :1])
        total, share = (
            ops.average_pool(
                ops.pad(value, around), self.pool_size, self.strides, data_format="channels_last"
            )
            for value in (inputs, inside)
        )
        return total / share

    def get_config(self) -> dict[str, object]:
        own = {"pool_size": self.pool_size, "strides": self.strides, "pads": self.pads}
        return {**super().get_config(), **own}

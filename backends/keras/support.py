"""What Keras lacks. Emitted source carries the text of what it uses, so each piece stands alone."""

from __future__ import annotations

import math

import keras
from keras import initializers, layers, ops


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
class ConstantPadding2D(layers.ZeroPadding2D):
    """Padding with a value."""

    def __init__(
        self, padding: tuple[tuple[int, int], tuple[int, int]], value: float, **kwargs: object
    ) -> None:
        super().__init__(padding, **kwargs)
        self.value = value

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        around = ((0, 0), *self.padding, (0, 0))
        return ops.pad(inputs, around, constant_values=self.value)

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "value": self.value}


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


@keras.saving.register_keras_serializable("netspec")
class LocalResponseNormalization(layers.Layer):
    """x / (bias + alpha * sum of x ** 2) ** beta, over channels up to `radius` away."""

    def __init__(
        self, radius: int, alpha: float, beta: float, bias: float, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self.radius, self.alpha, self.beta, self.bias = radius, alpha, beta, bias

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        channels = inputs.shape[-1]
        reach = min(self.radius, channels)
        around = ops.pad(inputs * inputs, ((0, 0), (0, 0), (0, 0), (reach, reach)))
        total = sum(around[..., first : first + channels] for first in range(2 * reach + 1))
        return inputs / ops.power(self.bias + self.alpha * total, self.beta)

    def get_config(self) -> dict[str, object]:
        own = {"radius": self.radius, "alpha": self.alpha, "beta": self.beta, "bias": self.bias}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("netspec")
class Scale(layers.Layer):
    """The inputs times a number, which layers.Rescaling rounds to float32."""

    def __init__(self, factor: float, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return inputs * self.factor

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable("netspec")
class ExactLeakyReLU(layers.LeakyReLU):
    """A leaky ReLU whose slope is as exact as the inputs; TensorFlow's own has it in float32."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return ops.where(ops.greater(inputs, 0), inputs, self.negative_slope * inputs)


@keras.saving.register_keras_serializable("netspec")
class ExactGELU(layers.Layer):
    """x / 2 * (1 + erf(x / sqrt(2))); TensorFlow's own has its constants in float32."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return inputs / 2 * (1 + ops.erf(inputs / math.sqrt(2)))


@keras.saving.register_keras_serializable("netspec")
class TanhGELU(layers.Layer):
    """GELU by a tanh; TensorFlow's own has its constants in float32."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        cubic = inputs + 0.044715 * inputs * inputs * inputs
        return inputs / 2 * (1 + ops.tanh(math.sqrt(2 / math.pi) * cubic))


@keras.saving.register_keras_serializable("netspec")
class DepthwiseScaling(initializers.VarianceScaling):
    """Variance scaling for depthwise kernels, of which one channel alone reaches an output.

    Keras's own counts all the channels.
    """

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> keras.KerasTensor:
        height, width, channels, multiplier = shape
        values = super().__call__((height, width, 1, channels * multiplier), dtype)
        return ops.reshape(values, shape)

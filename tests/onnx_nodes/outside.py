"""The operators of ONNX that no op of ours stands for, and why."""

from __future__ import annotations

from collections.abc import Mapping

_BY_REASON: Mapping[str, str] = {
    "not a layer of a feed-forward convolutional network: arithmetic, comparison or logic": """
        Abs Acos Acosh And ArgMax ArgMin Asin Asinh Atan Atanh BitCast BitShift BitwiseAnd
        BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil Cos Cosh CumProd CumSum Det Div Einsum
        Equal Erf Exp Floor Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Log Max Mean Min
        Mod Neg Not Or Pow Range Reciprocal Round Sign Sin Sinh Sqrt Sub Tan TopK Trilu Unique
        Where Xor""",
    "reductions over chosen axes are none of our ops; maps are pooled": """
        ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
        ReduceSum ReduceSumSquare""",
    "it moves values by place or shape; ours have fixed axes, and only flatten changes them": """
        CenterCropPad Col2Im Compress Constant ConstantOfShape Expand EyeLike Gather
        GatherElements GatherND NonZero OneHot Reshape ReverseSequence Scatter ScatterElements
        ScatterND Shape Size Slice Split TensorScatter Tile Transpose Unsqueeze""",
    "control flow, sequences and optionals; our graphs are flat and of arrays": """
        If Loop OptionalGetElement OptionalHasElement Scan SequenceInsert SequenceMap
        SplitToSequence""",
    "recurrent or attention layers": """
        Attention CausalConvWithState FlexAttention GRU LinearAttention LSTM RNN
        RotaryEmbedding""",
    "integer arithmetic of a quantised network; ours are floats": """
        ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul
        QuantizeLinear""",
    "a function that we do not have": """
        Celu Hardmax LogSoftmax Mish PRelu Selu Shrink Softplus Softsign SwiGLU ThresholdedRelu""",
    "a normalisation that we do not have": """
        GroupNormalization InstanceNormalization LayerNormalization LpNormalization
        MeanVarianceNormalization RMSNormalization""",
    "a layer of decoders, detectors or warped maps": """
        AffineGrid ConvTranspose DeformConv DepthToSpace GridSample LpPool MaxUnpool
        NonMaxSuppression Resize RoiAlign SpaceToDepth Upsample""",
    "a loss or an optimiser: training is not part of a graph": """
        Adagrad Adam Momentum NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss""",
    "it draws random numbers": "Bernoulli",
    "text, tables, signals or files, not images as arrays": """
        ArrayFeatureExtractor Binarizer BlackmanWindow DFT HammingWindow HannWindow ImageDecoder
        LabelEncoder MelWeightMatrix RegexFullMatch STFT StringConcat StringNormalizer StringSplit
        TfIdfVectorizer TreeEnsemble""",
}
OUTSIDE: Mapping[str, str] = {
    op_type: reason for reason, names in _BY_REASON.items() for op_type in names.split()
}
"""The reason, by operator."""

// All kernels for one instruction set: compiled once for each, with HEDDLE_ISA and HEDDLE_WIDTH.
#include "convolution.h"
#include "convolution_backward.h"
#include "dense_span.h"
#include "elementwise.h"
#include "group_normalization.h"
#include "layer_normalization.h"
#include "merge.h"
#include "muon.h"
#include "noise.h"
#include "normalization.h"
#include "pooling.h"
#include "rearrange.h"
#include "resample.h"
#include "update.h"

namespace heddle {
namespace HEDDLE_ISA {
namespace {

int64_t panel_floats(const Op& op) {
  return op.kind == OpKind::convolution ? convolution_panel_floats(op) : 0;
}

int64_t partial_floats(const Op& op) {
  if (op.kind == OpKind::convolution) return convolution_partial_floats(op);
  if (op.kind == OpKind::batch_normalization) return batch_norm_partial_floats(op);
  if (op.kind == OpKind::layer_normalization || op.kind == OpKind::group_normalization)
    return layer_norm_partial_floats(op);
  if (op.kind == OpKind::prelu) return op.units;
  return 0;
}

int64_t scratch_floats(const Op& op) {
  if (op.kind == OpKind::convolution) return convolution_scratch_floats(op);
  if (op.kind == OpKind::batch_normalization) return batch_norm_scratch_floats(op);
  if (op.kind == OpKind::dense) return dense_scratch_floats(op);
  if (op.kind == OpKind::dropout) return dropout_scratch_floats(op);
  if (op.kind == OpKind::group_normalization) return group_norm_scratch_floats(op);
  return 0;
}

void scale_bytes(const uint8_t* from, float* to, int64_t count, float scale) {
  for (int64_t i = 0; i < count; i++) to[i] = static_cast<float>(from[i]) * scale;
}

void scale_floats(const float* from, float* to, int64_t count, float scale) {
  for (int64_t i = 0; i < count; i++) to[i] = from[i] * scale;
}

int parts(const Op& op, int examples, int most) {
  const auto pieces = [&]() -> int64_t {
    switch (op.kind) {
      case OpKind::convolution: return convolution_pieces(op, examples);
      case OpKind::dense: return dense_pieces(op);
      case OpKind::max_pooling:
      case OpKind::average_pooling: return op.out.height;
      case OpKind::activation:
      case OpKind::affine: return examples * op.output.size / PART_UNIT;
      case OpKind::merge: return op.lanes / PART_UNIT;
      case OpKind::layer_normalization: return examples * op.output.size / op.units;
      default: return 1;
    }
  }();
  return static_cast<int>(pieces < 1 ? 1 : pieces < most ? pieces : most);
}

void forward(const Op& op, const Shard& s) {
  switch (op.kind) {
    case OpKind::convolution: return convolution_forward(op, s);
    case OpKind::max_pooling: return max_pooling_forward(op, s);
    case OpKind::average_pooling: return average_pooling_forward(op, s);
    case OpKind::dense: return dense_forward(op, s);
    case OpKind::activation: return activation_forward(op, s);
    case OpKind::softmax: return softmax_forward(op, s);
    case OpKind::merge: return merge_forward(op, s);
    case OpKind::concatenate: return concatenate_forward(op, s);
    case OpKind::dropout: return dropout_forward(op, s);
    case OpKind::batch_normalization: return batch_norm_forward(op, s);
    case OpKind::layer_normalization: return layer_norm_forward(op, s);
    case OpKind::padding: return padding_forward(op, s);
    case OpKind::affine: return affine_forward(op, s);
    case OpKind::gaussian_noise: return gaussian_noise_forward(op, s);
    case OpKind::prelu: return prelu_forward(op, s);
    case OpKind::permute: return permute_forward(op, s);
    case OpKind::resize: return resize_forward(op, s);
    case OpKind::group_normalization: return group_norm_forward(op, s);
    case OpKind::count: return;
  }
}

void backward(const Op& op, const Shard& s) {
  if (!LEARNS) return;
  switch (op.kind) {
    case OpKind::convolution: return convolution_backward(op, s);
    case OpKind::max_pooling: return max_pooling_backward(op, s);
    case OpKind::average_pooling: return average_pooling_backward(op, s);
    case OpKind::dense: return dense_backward(op, s);
    case OpKind::activation: return activation_backward(op, s);
    case OpKind::softmax: return softmax_backward(op, s);
    case OpKind::merge: return merge_backward(op, s);
    case OpKind::concatenate: return concatenate_backward(op, s);
    case OpKind::dropout: return dropout_backward(op, s);
    case OpKind::batch_normalization: return batch_norm_backward(op, s);
    case OpKind::layer_normalization: return layer_norm_backward(op, s);
    case OpKind::padding: return padding_backward(op, s);
    case OpKind::affine: return affine_backward(op, s);
    case OpKind::gaussian_noise: return gaussian_noise_backward(op, s);
    case OpKind::prelu: return prelu_backward(op, s);
    case OpKind::permute: return permute_backward(op, s);
    case OpKind::resize: return resize_backward(op, s);
    case OpKind::group_normalization: return group_norm_backward(op, s);
    case OpKind::count: return;
  }
}

void pack(const Op& op, const float* parameters, float* panels, int from, int to) {
  if (op.kind == OpKind::convolution) convolution_pack(op, parameters, panels, from, to);
}

void finish(const Op& op, const Batch& b, float* gradients, float* kernel, int from, int to) {
  if (!LEARNS) return;
  if (op.kind == OpKind::convolution) convolution_finish(op, b, gradients, from, to);
  if (op.kind == OpKind::dense) dense_finish(op, b, gradients, kernel, from, to);
  if (op.kind == OpKind::batch_normalization) batch_norm_finish(op, b, gradients, from, to);
  if (op.kind == OpKind::layer_normalization || op.kind == OpKind::group_normalization)
    layer_norm_finish(op, b, gradients, from, to);
  if (op.kind == OpKind::prelu) prelu_finish(op, b, gradients, from, to);
}

void gather(const Op& op, const Shard& s) {
  if (!LEARNS) return;
  if (op.kind == OpKind::batch_normalization) return batch_norm_gather(op, s);
  if (op.kind == OpKind::convolution) span_gather(op, s);
}

void gather_gradients(const Op& op, const Shard& s) {
  if (!LEARNS) return;
  if (op.kind == OpKind::batch_normalization) return batch_norm_gather_gradients(op, s);
  if (op.kind == OpKind::dense) return dense_gather_gradients(op, s);
  span_gather_gradients(op, s);
}

int span_parts(const Op& op) {
  if (!LEARNS) return 0;
  if (op.kind == OpKind::dense) return dense_span_parts(op);
  return op.kind == OpKind::convolution && ConvolutionGeometry(op).spans ? span_parts_of(op.units) : 0;
}

int span_gradient_parts(const Op& op) {
  if (op.kind == OpKind::dense) return dense_span_gradient_parts(op);
  return span_parts(op) > 0 && op.inputs[0].has_gradient() ? span_parts_of(op.in.channels) : 0;
}

void spanning_forward(const Op& op, const Shard& s) {
  if (op.kind == OpKind::dense) return dense_span_forward(op, s);
  span_forward(op, s);
}

void spanning_input_gradient(const Op& op, const Shard& s) {
  if (op.kind == OpKind::dense) return dense_span_input_gradient(op, s);
  span_input_gradient(op, s);
}

void settle(const Op& op, const Batch& b, float* parameters, int from, int to) {
  if (!LEARNS) return;
  if (op.kind == OpKind::batch_normalization) batch_norm_settle(op, b, parameters, from, to);
}

#define HEDDLE_TEXT(x) HEDDLE_TEXT_(x)
#define HEDDLE_TEXT_(x) #x
const Kernels table = {HEDDLE_TEXT(HEDDLE_ISA),
                       panel_floats,
                       partial_floats,
                       scratch_floats,
                       orthogonalize_floats,
                       scale_bytes,
                       scale_floats,
                       LEARNS ? resample : nullptr,
                       parts,
                       forward,
                       backward,
                       gather,
                       gather_gradients,
                       span_parts,
                       span_gradient_parts,
                       LEARNS ? spanning_forward : nullptr,
                       LEARNS ? spanning_input_gradient : nullptr,
                       pack,
                       finish,
                       settle,
                       LEARNS ? penalize : nullptr,
                       LEARNS ? squares : nullptr,
                       LEARNS ? clip : nullptr,
                       LEARNS ? all_finite : nullptr,
                       apply_head,
                       LEARNS ? update : nullptr,
                       LEARNS ? orthogonalize : nullptr};

}  // namespace
}  // namespace HEDDLE_ISA

#define HEDDLE_JOIN(a, b) HEDDLE_JOIN_(a, b)
#define HEDDLE_JOIN_(a, b) a##b
const Kernels& HEDDLE_JOIN(kernels_, HEDDLE_ISA)() { return HEDDLE_ISA::table; }

}  // namespace heddle

// A network as the executor sees it: ops with their place in memory. Decoded from the words that
// src/engine/backends/native/encode.ts writes; every word is checked before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace heddle {

enum class OpKind : int32_t {
  convolution,
  max_pooling,
  average_pooling,
  dense,
  activation,
  softmax,
  merge,
  concatenate,
  dropout,
  batch_normalization,
  layer_normalization,
  padding,
  affine,
  gaussian_noise,
  prelu,
  permute,
  resize,
  group_normalization,
  count
};

// How values are joined: see src/ops/merge.ts.
enum class Merge : int32_t { sum, product, mean, maximum, difference, count };

enum class Activation : int32_t {
  linear,
  relu,
  sigmoid,
  tanh,
  elu,
  gelu,
  silu,
  leaky_relu,
  clipped_relu,
  hard_sigmoid,
  hard_silu,
  softplus,
  softsign,
  mish,
  count
};

// The derivative needs the input of the activation: its output alone does not give it.
inline bool reads_input(Activation a) {
  return a == Activation::gelu || a == Activation::silu || a == Activation::hard_silu || a == Activation::mish;
}

enum class Loss : int32_t {
  softmax_cross_entropy,
  categorical_crossentropy,
  sparse_categorical_crossentropy,
  sigmoid_cross_entropy,
  binary_crossentropy,
  mean_squared_error,
  dot,
  count
};

// The function that turns outputs into predictions if the loss works on logits.
enum class Head : int32_t { none, softmax, sigmoid, count };

// none: the program only goes forward, and nothing in it has a gradient.
enum class Update : int32_t { sgd, rmsprop, adagrad, adadelta, adam, nadam, muon, none, count };

// Numbers of each step: see src/ops/update.ts.
constexpr int COEFFICIENTS = 5;

// How gradients are made smaller before a step: see src/ops/clip.ts.
enum class Clip : int32_t { none, value, norm, global_norm, count };

// Where a value and its gradient lie in a shard's arena, in floats; example i, of the shard or of those that are computed at a time, is at
// offset + i * size.
struct Operand {
  static constexpr int64_t absent = -1;
  int64_t value = 0;
  int64_t size = 0;
  int64_t gradient = absent;
  bool accumulate = false;  // another op has written to the gradient before
  int images = 0;      // that it has a place for
  bool whole = false;  // these are all of a shard; else those that its ops compute at a time

  bool has_gradient() const { return gradient != absent; }
  // Where the value of the example `from` of a shard lies, if it is the first of those that are computed at a time.
  int64_t start(int64_t from) const { return value + (whole ? from * size : 0); }
  bool holds(int block) const { return whole || images >= block; }
  Operand without_gradient() const {
    Operand other = *this;
    other.gradient = absent;
    return other;
  }
};

struct Image {
  int height = 0, width = 0, channels = 0;
  int64_t size() const { return int64_t{height} * width * channels; }
};

struct Window {
  int height = 1, width = 1;
  int stride_y = 1, stride_x = 1;
  int dilation_y = 1, dilation_x = 1;
  int top = 0, left = 0;  // padding
};

// The penalty that weights add to the loss: l1 |w| + l2 w^2, each.
struct Penalty {
  float l1 = 0, l2 = 0;
  bool any() const { return l1 > 0 || l2 > 0; }
};

// Three axes of an output, and how far apart the values of something that is read along them lie: 0 repeats.
struct Spread {
  int64_t plane = 0, row = 0, lane = 0;
  bool repeats = false;  // a value of it is read more than once
};

// What a line of a resized image reads: (1 - share) of `first` and share of `second`.
struct ResizeTap {
  int first = 0, second = 0;
  float share = 0;
};

struct Op {
  OpKind kind = OpKind::merge;
  bool frozen = false;  // its parameters and its state stay
  float rate_factor = 1;  // of its learning rate
  bool is_matrix = false;  // its kernel, to an optimizer that orthogonalises
  int shard_size = 0;  // the program's
  int block = 0;  // images of a shard that it computes at a time, together with the ops beside it that have the same number
  std::vector<Operand> inputs;
  Operand output;
  int64_t saved = Operand::absent;  // bytes that the forward pass keeps, in floats of the arena

  Image in, out;  // of a convolution (before pooling) or pooling
  Window window;
  int groups = 1;

  bool pools = false;  // a max pooling is fused behind the convolution
  bool drops = false;  // and a dropout between the two, behind a relu
  Window pool;  // of 1 x 1 where nothing pools
  Image pooled;

  int features = 0, units = 0;  // dense; units is also a convolution's filters
  int64_t kernel = Operand::absent, bias = Operand::absent;  // in floats of the parameters
  Penalty kernel_penalty, bias_penalty;
  bool kernel_exempt = false, bias_exempt = false;  // from weight decay

  Activation activation = Activation::linear;
  float slope = 0, limit = 0, relu_threshold = 0;  // see src/ops/activation.ts

  std::vector<int> channels;  // concatenate: of each input; softmax and normalisation: one entry
  // The derivative of its activation is 0 or 1.
  bool passes_or_stops() const {
    return activation == Activation::linear || activation == Activation::relu ||
           (activation == Activation::clipped_relu && slope == 0);
  }

  float rate = 0;             // dropout
  int32_t threshold = 0, ordinal = 0;
  int covered_channels = 0;  // dropout: channels, where one number covers a channel of an example; else 0

  float epsilon = 0;  // normalisations: kernel is gamma, bias is beta; either may be absent
  float momentum_rest = 0;  // batch normalisation
  bool bessel = false;
  int64_t moving_mean = Operand::absent, moving_variance = Operand::absent;

  float stddev = 0;  // gaussian noise

  Merge rule = Merge::sum;
  int64_t planes = 0, lines = 0, lanes = 0;  // the axes that `spreads` are about
  std::vector<Spread> spreads;               // merge: of each input; prelu: of the slopes; permute: of the input
  std::vector<ResizeTap> row_taps, column_taps;

  // affine: the constants of all channels, repeated so that a vector may begin wherever a multiple of its width is
  static constexpr int REPEATS = 16;
  std::vector<float> center, scale, offset;

  // In training, shards need each other's sums: before the op goes forward, and before it goes backward.
  bool spans_batch() const { return kind == OpKind::batch_normalization && !frozen; }

  // A batch normalisation may add a second value, which may have the gradient of the sum.
  size_t most_inputs() const {
    if (kind == OpKind::merge || kind == OpKind::concatenate) return inputs.size();
    return spans_batch() ? 2 : 1;
  }
  bool shares_gradient(const Operand& input) const {
    return spans_batch() && &input != &inputs[0] && !input.accumulate && input.gradient == output.gradient;
  }

  bool can_be_matrix() const { return kind == OpKind::dense || (kind == OpKind::convolution && groups == 1); }

  bool has_parameters() const { return kernel != Operand::absent || bias != Operand::absent; }
  bool learns() const { return (has_parameters() && !frozen) || spans_batch(); }

  // Numbers of the kernel that belong to one unit; they lie one after the other.
  int64_t kernel_row() const {
    if (kind == OpKind::dense) return features;
    if (kind != OpKind::convolution) return 1;
    return int64_t{window.height} * window.width * (in.channels / groups);
  }
};

struct UpdateRule {
  static constexpr int MAX_SLOTS = 4;

  Update kind = Update::sgd;
  float momentum = 0;
  bool nesterov = false, centered = false;
  int ns_steps = 0;  // muon: of Newton-Schulz
  bool scaled = false;
  float rms_rate = 0, weight_decay = 0, adam_weight_decay = 0;  // times the learning rate
  float beta1_rest = 0, beta2_rest = 0, rho_rest = 0;  // 1 - beta, exact where 1 - 0.999f is not
  float epsilon = 0;
  float slot_start = 0;  // what the state holds before the first step
  Clip clip = Clip::none;
  float clip_limit = 0;
  bool averages = false;  // the last slot is a moving average of the weights

  bool needs_norms() const { return clip == Clip::norm || clip == Clip::global_norm; }
  // Updates need the gradients of a whole op, or of all.
  bool spans_blocks() const { return needs_norms() || kind == Update::muon; }

  int slots() const { return rule_slots() + (averages ? 1 : 0); }

  int rule_slots() const {
    const int velocity = momentum > 0 ? 1 : 0;
    switch (kind) {
      case Update::sgd: return velocity;
      case Update::rmsprop: return 1 + velocity + (centered ? 1 : 0);
      case Update::adagrad: return 1;
      case Update::adadelta:
      case Update::adam:
      case Update::nadam:
      case Update::muon: return 2;
      case Update::none:
      case Update::count: break;
    }
    return 0;
  }
};

struct Program {
  int batch_size = 0, shard_size = 0;
  Operand input, output;
  std::vector<Op> ops;
  int64_t parameter_floats = 0, arena_floats = 0;
  int64_t learned_floats = 0;  // of the parameters, the first ones: those of frozen ops come behind them
  Loss loss = Loss::dot;
  Head head = Head::none;
  UpdateRule update;

  bool trains() const { return update.kind != Update::none; }
  int shards() const { return (batch_size + shard_size - 1) / shard_size; }

  // Throws std::runtime_error where the words contradict themselves or reach outside their arenas.
  static Program decode(const int32_t* words, size_t count);
};

}  // namespace heddle

// Decodes the ops of a program from their words; every word is checked before it is used.
#pragma once

#include "program.h"
#include "resize_taps.h"
#include "words.h"

namespace heddle {

constexpr int64_t MAX_FLOATS = int64_t{1} << 31;

class OpDecoder {
 public:
  // `program`: what is known of it before its ops.
  OpDecoder(Reader& words, const Program& program) : read_(words), p_(program) {}

  Operand operand() {
    Operand o;
    o.size = read_.between(1, MAX_FLOATS - 1);
    o.images = read_.between(1, p_.shard_size);
    o.whole = o.images == p_.shard_size;
    require(o.whole || !p_.trains(), "a value of a training has no place for a shard");
    o.value = place(o.size * o.images);
    require(o.value != Operand::absent, "a value has no place");
    o.gradient = place(o.size * p_.shard_size);
    require(p_.trains() || !o.has_gradient(), "a program that only goes forward has gradients");
    o.accumulate = read_.flag();
    return o;
  }

  Op op() {
    Op op;
    op.shard_size = p_.shard_size;
    op.kind = read_.choice<OpKind>();
    op.block = read_.between(1, p_.shard_size);
    require(!p_.trains() || op.block == p_.shard_size, "an op of a training computes a part of a shard");
    op.frozen = read_.flag();
    op.rate_factor = read_.positive();
    op.is_matrix = read_.flag();
    op.output = operand();
    require(op.output.holds(op.block), "a value has no place for the images of its op");
    op.saved = place((op.output.size + 3) / 4 * p_.shard_size);
    for (int left = read_.between(1, 1 << 10); left > 0; left--) op.inputs.push_back(operand());
    require(op.inputs.size() <= op.most_inputs(), "an op has too many inputs");
    for (const Operand& input : op.inputs) {
      require(input.holds(op.block), "a value has no place for the images of its reader");
      require(disjoint(op.output, op.shares_gradient(input) ? input.without_gradient() : input), "an op writes over its input");
    }
    switch (op.kind) {
      case OpKind::convolution: convolution(op); break;
      case OpKind::max_pooling:
      case OpKind::average_pooling: pooling(op); break;
      case OpKind::dense: dense(op); break;
      case OpKind::activation: elementwise(op); activation(op); break;
      case OpKind::softmax: elementwise(op); rows(op, op.output, read_.axis()); break;
      case OpKind::merge: merge(op); break;
      case OpKind::concatenate: concatenate(op); break;
      case OpKind::dropout: dropout(op); break;
      case OpKind::batch_normalization: batch_normalization(op); break;
      case OpKind::layer_normalization: layer_normalization(op); break;
      case OpKind::padding: padding(op); break;
      case OpKind::affine: affine(op); break;
      case OpKind::gaussian_noise: gaussian_noise(op); break;
      case OpKind::prelu: prelu(op); break;
      case OpKind::permute: permute(op); break;
      case OpKind::resize: resize(op); break;
      case OpKind::group_normalization: group_normalization(op); break;
      case OpKind::count: break;
    }
    require(!op.is_matrix || (p_.update.kind == Update::muon && op.can_be_matrix()), "an op is no matrix");
    return op;
  }

 private:
  // A place for `floats` in the arena of a shard, or absent.
  int64_t place(int64_t floats) {
    const int64_t offset = read_.between(Operand::absent, MAX_FLOATS - 1);
    require(offset == Operand::absent || offset + floats <= p_.arena_floats, "a buffer reaches outside the arena");
    return offset;
  }

  // Only ops of a training have gradients, and theirs are of whole shards.
  static bool disjoint(const Operand& a, const Operand& b) {
    const auto apart = [&](int64_t at, int64_t other) { return at + a.size * a.images <= other || other + b.size * b.images <= at; };
    return apart(a.value, b.value) && (!a.has_gradient() || !b.has_gradient() || apart(a.gradient, b.gradient));
  }

  int64_t parameter(int64_t floats) {
    const int64_t offset = read_.between(Operand::absent, MAX_FLOATS - 1);
    require(offset == Operand::absent || offset + floats <= p_.parameter_floats,
            "a parameter reaches outside its arena");
    return offset;
  }

  // One that has a gradient, unless its op is frozen.
  int64_t learned_parameter(const Op& op, int64_t floats) {
    const int64_t offset = parameter(floats);
    require(op.frozen || offset == Operand::absent || offset + floats <= p_.learned_floats,
            "a parameter that learns lies among those that are frozen");
    return offset;
  }

  Image image() {
    const Image i = {read_.axis(), read_.axis(), read_.axis()};
    require(i.size() < MAX_FLOATS, "an image is too large");
    return i;
  }

  Window window() {
    Window w;
    w.height = read_.axis();
    w.width = read_.axis();
    w.stride_y = read_.axis();
    w.stride_x = read_.axis();
    w.dilation_y = read_.axis();
    w.dilation_x = read_.axis();
    w.top = read_.between(0, MAX_AXIS);
    w.left = read_.between(0, MAX_AXIS);
    // Padded images are copied, and gradients spread out by the strides: both must stay of a sensible size.
    const auto extent = [](int64_t size, int64_t dilation) { return (size - 1) * dilation + 1; };
    require(extent(w.height, w.dilation_y) <= MAX_AXIS && extent(w.width, w.dilation_x) <= MAX_AXIS,
            "a window is too large");
    require(w.top < extent(w.height, w.dilation_y) && w.left < extent(w.width, w.dilation_x),
            "padding is larger than its window");
    return w;
  }

  // Every window must begin inside the padded image, and touch the image itself.
  static void check_slide(const Image& in, const Window& w, const Image& out) {
    const auto fits = [](int64_t outputs, int64_t stride, int64_t padding, int64_t size) {
      return (outputs - 1) * stride - padding < size;
    };
    require(fits(out.height, w.stride_y, w.top, in.height) && fits(out.width, w.stride_x, w.left, in.width),
            "a window lies outside its image");
  }

  void activation(Op& op) {
    op.activation = read_.choice<Activation>();
    op.slope = read_.real();
    op.limit = read_.weight();
    op.relu_threshold = read_.real();
    require(op.slope >= 0 && op.limit >= 0 && op.relu_threshold >= 0,
            "a number of an activation is negative: a fused max pooling needs an activation that never falls");
  }

  // The activation of an op that keeps only its outputs. Those that need their input also fall somewhere.
  void fused_activation(Op& op) {
    activation(op);
    require(!p_.trains() || !reads_input(op.activation), "an activation that needs its input cannot be fused");
  }

  Penalty penalty() {
    Penalty p;
    p.l1 = read_.real();
    p.l2 = read_.real();
    require(p.l1 >= 0 && p.l2 >= 0, "a penalty is negative");
    return p;
  }

  void learned(Op& op, int64_t kernel_floats) {
    op.kernel = learned_parameter(op, kernel_floats);
    op.bias = learned_parameter(op, op.units);
    op.kernel_penalty = penalty();
    op.bias_penalty = penalty();
    op.kernel_exempt = read_.flag();
    op.bias_exempt = read_.flag();
    require((!op.kernel_exempt && !op.bias_exempt) || p_.update.kind == Update::adam, "nothing decays");
    require((op.kernel != Operand::absent || !op.kernel_penalty.any()) &&
                (op.bias != Operand::absent || !op.bias_penalty.any()),
            "a penalty has no parameters");
  }

  void parameters(Op& op, int64_t kernel_floats) {
    learned(op, kernel_floats);
    require(op.kernel != Operand::absent, "a layer has no kernel");
    has_gradient(op);
  }

  void has_gradient(const Op& op) const {
    require(!p_.trains() || !op.learns() || op.output.has_gradient(), "a layer with parameters has no gradient");
  }

  void convolution(Op& op) {
    op.in = image();
    op.out = image();
    op.window = window();
    op.groups = read_.axis();
    op.units = op.out.channels;
    require(op.in.channels % op.groups == 0 && op.units % op.groups == 0, "groups do not divide the channels");
    require(op.inputs[0].size == op.in.size(), "a convolution's input has another size");
    check_slide(op.in, op.window, op.out);
    const int64_t row = int64_t{op.window.height} * op.window.width * (op.in.channels / op.groups);
    require(row * op.units < MAX_FLOATS, "a kernel is too large");
    parameters(op, row * op.units);
    fused_activation(op);
    op.pools = read_.flag();
    op.pooled = op.out;
    if (op.pools) {
      require(!reads_input(op.activation), "a fused max pooling needs an activation that never falls");
      op.pool = window();
      op.pooled = image();
      const Window& w = op.pool;
      require(w.top == 0 && w.left == 0 && w.dilation_y == 1 && w.dilation_x == 1, "a fused pooling has padding");
      require(w.stride_y >= w.height && w.stride_x >= w.width, "the windows of a fused pooling overlap");
      require(int64_t{w.height} * w.width <= 256, "a fused pooling is larger than a byte counts");
      require(op.pooled.channels == op.units, "a fused pooling changes the channels");
      require(int64_t{op.pooled.height - 1} * w.stride_y + w.height <= op.out.height &&
                  int64_t{op.pooled.width - 1} * w.stride_x + w.width <= op.out.width,
              "a fused pooling reaches outside its image");
      require(!p_.trains() || op.saved != Operand::absent, "a fused pooling has no place for its positions");
    }
    op.drops = read_.flag();
    if (op.drops) {
      random_zeros(op);
      require(op.pools && op.activation == Activation::relu, "a fused dropout lies elsewhere than between relu and pooling");
    }
    require(op.output.size == op.pooled.size(), "a convolution's output has another size");
  }

  // An op from images to images of as many channels.
  void images(Op& op) {
    op.in = image();
    op.out = image();
    require(op.inputs[0].size == op.in.size() && op.output.size == op.out.size(), "images have other sizes than their values");
    require(op.in.channels == op.out.channels, "an op on images changes the channels");
  }

  void pooling(Op& op) {
    images(op);
    op.window = window();
    check_slide(op.in, op.window, op.out);
  }

  void dense(Op& op) {
    op.features = read_.axis();
    op.units = read_.axis();
    require(op.inputs[0].size == op.features && op.output.size == op.units, "a dense layer's sizes differ");
    require(int64_t{op.features} * op.units < MAX_FLOATS, "a kernel is too large");
    parameters(op, int64_t{op.features} * op.units);
    fused_activation(op);
  }

  static void elementwise(const Op& op) {
    for (const Operand& input : op.inputs) require(input.size == op.output.size, "an elementwise op changes sizes");
  }

  static void rows(Op& op, const Operand& operand, int channels) {
    require(operand.size % channels == 0, "rows do not divide a value");
    op.channels.push_back(channels);
  }

  // The axes of an output, and the spread of something that is read along them; returns its size.
  void axes(Op& op) {
    op.planes = read_.between(1, MAX_FLOATS - 1);
    op.lines = read_.between(1, MAX_FLOATS - 1);
    op.lanes = read_.between(1, MAX_FLOATS - 1);
    require(op.planes * op.lines < MAX_FLOATS && op.planes * op.lines * op.lanes == op.output.size,
            "axes do not make a value");
  }

  int64_t spread(Op& op) {
    Spread s;
    const bool plane = read_.flag(), row = read_.flag(), lane = read_.flag();
    int64_t size = 1;
    if (lane) s.lane = size, size *= op.lanes;
    if (row) s.row = size, size *= op.lines;
    if (plane) s.plane = size, size *= op.planes;
    s.repeats = size != op.output.size;
    op.spreads.push_back(s);
    return size;
  }

  void merge(Op& op) {
    op.rule = read_.choice<Merge>();
    require(op.rule != Merge::difference || op.inputs.size() == 2, "a difference is between two values");
    axes(op);
    for (const Operand& input : op.inputs) require(spread(op) == input.size, "a merged value has another size");
    fused_activation(op);
    require(op.rule == Merge::sum || op.activation == Activation::linear, "an activation is fused behind another merge than a sum");
  }

  void prelu(Op& op) {
    elementwise(op);
    axes(op);
    const int64_t size = spread(op);
    op.units = read_.between(1, MAX_FLOATS - 1);
    require(size == op.units, "there are more or fewer slopes than a value reads");
    parameters(op, op.units);
    require(op.bias == Operand::absent, "slopes have a bias");
  }

  void concatenate(Op& op) {
    int64_t total = 0;
    for (const Operand& input : op.inputs) {
      rows(op, input, read_.axis());
      total += op.channels.back();
      require(input.size / op.channels.back() == op.inputs[0].size / op.channels[0], "joined values differ in rows");
    }
    require(total * (op.inputs[0].size / op.channels[0]) == op.output.size, "joined values have another size");
  }

  void random_zeros(Op& op) {
    op.rate = read_.real();
    require(op.rate >= 0 && op.rate < 1, "a dropout rate is outside [0, 1)");
    op.threshold = read_.between(0, 1 << 16);
    op.ordinal = read_.between(0, 1 << 16);
  }

  void dropout(Op& op) {
    elementwise(op);
    random_zeros(op);
    op.covered_channels = read_.between(0, MAX_AXIS);
    if (op.covered_channels > 0) rows(op, op.output, op.covered_channels);
  }

  void layer_normalization(Op& op) {
    elementwise(op);
    op.units = read_.axis();
    rows(op, op.output, op.units);
    op.epsilon = read_.positive();
    learned(op, op.units);
    has_gradient(op);
  }

  void padding(Op& op) {
    images(op);
    op.window.top = read_.between(-MAX_AXIS, MAX_AXIS);
    op.window.left = read_.between(-MAX_AXIS, MAX_AXIS);
    const auto meets = [](int at, int in, int out) { return at < out && at + in > 0; };
    require(meets(op.window.top, op.in.height, op.out.height) && meets(op.window.left, op.in.width, op.out.width),
            "an image lies outside its padding");
  }

  void permute(Op& op) {
    elementwise(op);
    const int64_t axes[3] = {read_.axis(), read_.axis(), read_.axis()};
    require(axes[0] * axes[1] * axes[2] == op.output.size, "axes do not make a value");
    const int64_t steps[3] = {axes[1] * axes[2], axes[2], 1};
    const int plane = read_.between(0, 2), line = read_.between(0, 2), lane = read_.between(0, 2);
    require(plane != line && line != lane && lane != plane, "an axis comes twice");
    op.planes = axes[plane];
    op.lines = axes[line];
    op.lanes = axes[lane];
    op.spreads.push_back({steps[plane], steps[line], steps[lane], false});
  }

  void resize(Op& op) {
    images(op);
    const bool bilinear = read_.flag();
    op.row_taps = resize_taps(op.in.height, op.out.height, bilinear);
    op.column_taps = resize_taps(op.in.width, op.out.width, bilinear);
  }

  void group_normalization(Op& op) {
    layer_normalization(op);
    op.groups = read_.axis();
    require(op.units % op.groups == 0, "groups do not divide the channels");
  }

  void affine(Op& op) {
    elementwise(op);
    const int channels = read_.axis();
    rows(op, op.output, channels);
    // These may come from weights, so they need not be finite.
    for (std::vector<float>* constants : {&op.center, &op.scale, &op.offset}) {
      for (int c = 0; c < channels; c++) constants->push_back(read_.weight());
      constants->resize(int64_t{channels} * Op::REPEATS);
      for (size_t i = channels; i < constants->size(); i++) (*constants)[i] = (*constants)[i - channels];
    }
    fused_activation(op);
    require(!p_.trains() || op.activation == Activation::linear, "an activation is fused behind constants that have a gradient");
  }

  void gaussian_noise(Op& op) {
    elementwise(op);
    op.stddev = read_.positive();
    op.ordinal = read_.between(0, 1 << 16);
  }

  void batch_normalization(Op& op) {
    elementwise(op);
    op.units = read_.axis();
    rows(op, op.output, op.units);
    op.epsilon = read_.positive();
    op.momentum_rest = read_.share();
    op.bessel = read_.flag();
    learned(op, op.units);
    op.moving_mean = parameter(op.units);
    op.moving_variance = parameter(op.units);
    require(op.moving_mean != Operand::absent && op.moving_variance != Operand::absent, "batch normalisation has no moving statistics");
    fused_activation(op);
    require(op.passes_or_stops(), "an activation behind a batch normalisation does more than pass values on or stop them");
  }

  Reader& read_;
  const Program& p_;
};

}  // namespace heddle

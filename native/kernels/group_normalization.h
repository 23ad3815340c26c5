// Normalisation of groups of channels over all positions of an example. The twin of src/ops/group-normalization.ts.
//
// Sums are taken channel by channel, which fills vectors however narrow a group is, and then joined to those of groups.
#pragma once

#include "layer_normalization.h"

namespace heddle {
namespace HEDDLE_ISA {

// One number for each channel; four such arrays are the scratch of a thread.
inline int64_t channel_floats(const Op& op) { return (int64_t{op.units} + W - 1) / W * W; }
inline int64_t group_norm_scratch_floats(const Op& op) { return 4 * channel_floats(op); }

// Every channel's number becomes the mean of its group, whose channels hold `count` numbers together.
inline void join_groups(const Op& op, float* channels, float count) {
  const int width = op.units / op.groups;
  for (int first = 0; first < op.units; first += width) {
    float total = 0;
    for (int c = first; c < first + width; c++) total += channels[c];
    for (int c = first; c < first + width; c++) channels[c] = total / count;
  }
}

struct GroupMoments {
  float *mean, *inverse;  // of each channel's group
  int64_t size;           // numbers of an example
  float count;            // numbers of a group

  GroupMoments(const Op& op, const Shard& s) {
    mean = s.scratch;
    inverse = mean + channel_floats(op);
    size = op.output.size;
    count = static_cast<float>(size / op.groups);
  }

  void measure(const Op& op, const float* x) {
    std::memset(mean, 0, 2 * channel_floats(op) * sizeof(float));
    for (int64_t row = 0; row < size; row += op.units)
      for_vectors(op.units, [&](int64_t c, int lanes) { write(mean + c, load_part(x + row + c, lanes), lanes, true); });
    join_groups(op, mean, count);
    for (int64_t row = 0; row < size; row += op.units)
      for_vectors(op.units, [&](int64_t c, int lanes) {
        const vec distance = load_part(x + row + c, lanes) - load_part(mean + c, lanes);
        write(inverse + c, distance * distance, lanes, true);
      });
    join_groups(op, inverse, count);
    for (int c = 0; c < op.units; c++) inverse[c] = 1.f / std::sqrt(inverse[c] + op.epsilon);
  }

  vec normalized(vec x, int64_t c, int lanes) const {
    return (x - load_part(mean + c, lanes)) * load_part(inverse + c, lanes);
  }
};

inline void group_norm_forward(const Op& op, const Shard& s) {
  GroupMoments moments(op, s);
  for (int n = 0; n < s.count; n++) {
    const float* x = s.value(op.inputs[0]) + n * moments.size;
    float* y = s.value(op.output) + n * moments.size;
    moments.measure(op, x);
    for (int64_t row = 0; row < moments.size; row += op.units)
      for_vectors(op.units, [&](int64_t c, int lanes) {
        const vec beta = op.bias < 0 ? vec{} : load_part(s.parameters + op.bias + c, lanes);
        const vec normalized = moments.normalized(load_part(x + row + c, lanes), c, lanes);
        store_part(y + row + c, gamma_of(op, s, c, lanes) * normalized + beta, lanes);
      });
  }
}

inline void group_norm_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  GroupMoments moments(op, s);
  float *by_mean = moments.inverse + channel_floats(op), *by_variance = by_mean + channel_floats(op);
  std::memset(s.partials, 0, layer_norm_partial_floats(op) * sizeof(float));
  for (int n = 0; n < s.count; n++) {
    const float *x = s.value(input) + n * moments.size, *dy = s.gradient(op.output) + n * moments.size;
    moments.measure(op, x);
    std::memset(by_mean, 0, 2 * channel_floats(op) * sizeof(float));
    for (int64_t row = 0; row < moments.size; row += op.units)
      for_vectors(op.units, [&](int64_t c, int lanes) {
        const vec gradient = load_part(dy + row + c, lanes);
        write(by_mean + c, gradient, lanes, true);
        write(by_variance + c, gradient * moments.normalized(load_part(x + row + c, lanes), c, lanes), lanes, true);
      });
    if (op.learns())
      for_vectors(op.units, [&](int64_t c, int lanes) {
        write(s.partials + c, load_part(by_variance + c, lanes), lanes, true);
        write(s.partials + op.units + c, load_part(by_mean + c, lanes), lanes, true);
      });
    if (!input.has_gradient()) continue;
    for_vectors(op.units, [&](int64_t c, int lanes) {
      const vec gamma = gamma_of(op, s, c, lanes);
      store_part(by_mean + c, load_part(by_mean + c, lanes) * gamma, lanes);
      store_part(by_variance + c, load_part(by_variance + c, lanes) * gamma, lanes);
    });
    // How the group's own mean and variance move with x.
    join_groups(op, by_mean, moments.count);
    join_groups(op, by_variance, moments.count);
    float* dx = s.gradient(input) + n * moments.size;
    for (int64_t row = 0; row < moments.size; row += op.units)
      for_vectors(op.units, [&](int64_t c, int lanes) {
        const vec normalized = moments.normalized(load_part(x + row + c, lanes), c, lanes);
        const vec through = load_part(by_mean + c, lanes) + normalized * load_part(by_variance + c, lanes);
        const vec scaled = load_part(dy + row + c, lanes) * gamma_of(op, s, c, lanes);
        // A single number is its own mean, and moves nothing: zero, and not the rounding of a difference.
        const vec slope = moments.count > 1 ? load_part(moments.inverse + c, lanes) : vec{};
        write(dx + row + c, (scaled - through) * slope, lanes, input.accumulate);
      });
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

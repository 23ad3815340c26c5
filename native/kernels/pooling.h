// Pooling on its own, where it could not be fused behind a convolution. The twin of src/ops/pooling.ts.
#pragma once

#include "elementwise.h"

namespace heddle {
namespace HEDDLE_ISA {

// visit(output offset of channel 0, top, bottom, left, right) for every window of one image, cut to the image.
template <typename Visit>
inline void for_windows(const Op& op, Shard::Range rows, Visit visit) {
  const Window& w = op.window;
  const auto clip = [](int n, int high) { return n < 0 ? 0 : n > high ? high : n; };
  for (int i = static_cast<int>(rows.from); i < rows.to; i++) {
    const int top = clip(i * w.stride_y - w.top, op.in.height);
    const int bottom = clip(i * w.stride_y - w.top + w.height, op.in.height);
    for (int j = 0; j < op.out.width; j++) {
      const int left = clip(j * w.stride_x - w.left, op.in.width);
      const int right = clip(j * w.stride_x - w.left + w.width, op.in.width);
      visit((int64_t{i} * op.out.width + j) * op.out.channels, top, bottom, left, right);
    }
  }
}

template <typename Visit>
inline void for_windows(const Op& op, Visit visit) {
  for_windows(op, Shard::Range{0, op.out.height}, visit);
}

inline void max_pooling_forward(const Op& op, const Shard& s) {
  const int channels = op.in.channels;
  for (int n = 0; n < s.count; n++) {
    const float* x = s.value(op.inputs[0]) + n * op.in.size();
    float* y = s.value(op.output) + n * op.out.size();
    for_windows(op, s.share(op.out.height), [&](int64_t out, int top, int bottom, int left, int right) {
      for (int c = 0; c < channels; c += W) {
        const int lanes = channels - c;
        vec best = load_part(x + (int64_t{top} * op.in.width + left) * channels + c, lanes);
        for (int u = top; u < bottom; u++)
          for (int v = left; v < right; v++) {
            const vec value = load_part(x + (int64_t{u} * op.in.width + v) * channels + c, lanes);
            best = value > best ? value : best;
          }
        store_part(y + out + c, best, lanes);
      }
    });
  }
}

inline void max_pooling_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const int channels = op.in.channels;
  clear_unless_accumulating(input, s, s.gradient(input));
  for (int n = 0; n < s.count; n++) {
    const float* x = s.value(input) + n * op.in.size();
    const float* dy = s.gradient(op.output) + n * op.out.size();
    float* dx = s.gradient(input) + n * op.in.size();
    for_windows(op, [&](int64_t out, int top, int bottom, int left, int right) {
      for_vectors(channels, [&](int64_t c, int lanes) {
        const auto at = [&](int u, int v) { return (int64_t{u} * op.in.width + v) * channels + c; };
        vec best = load_part(x + at(top, left), lanes);
        ivec winner{};
        for (int u = top, position = 0; u < bottom; u++)
          for (int v = left; v < right; v++, position++) {
            const vec value = load_part(x + at(u, v), lanes);
            const ivec larger = value > best;
            best = larger ? value : best;
            winner = larger ? ivec{} + position : winner;
          }
        const vec gradient = load_part(dy + out + c, lanes);
        for (int u = top, position = 0; u < bottom; u++)
          for (int v = left; v < right; v++, position++)
            write(dx + at(u, v), winner == ivec{} + position ? gradient : vec{}, lanes, true);
      });
    });
  }
}

inline void average_pooling_forward(const Op& op, const Shard& s) {
  const int channels = op.in.channels;
  for (int n = 0; n < s.count; n++) {
    const float* x = s.value(op.inputs[0]) + n * op.in.size();
    float* y = s.value(op.output) + n * op.out.size();
    for_windows(op, s.share(op.out.height), [&](int64_t out, int top, int bottom, int left, int right) {
      const float share = 1.f / static_cast<float>((bottom - top) * (right - left));
      for (int c = 0; c < channels; c += W) {
        vec total{};
        for (int u = top; u < bottom; u++)
          for (int v = left; v < right; v++)
            total += load_part(x + (int64_t{u} * op.in.width + v) * channels + c, channels - c);
        store_part(y + out + c, total * splat(share), channels - c);
      }
    });
  }
}

inline void average_pooling_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const int channels = op.in.channels;
  clear_unless_accumulating(input, s, s.gradient(input));
  for (int n = 0; n < s.count; n++) {
    const float* dy = s.gradient(op.output) + n * op.out.size();
    float* dx = s.gradient(input) + n * op.in.size();
    for_windows(op, [&](int64_t out, int top, int bottom, int left, int right) {
      const float share = 1.f / static_cast<float>((bottom - top) * (right - left));
      for (int u = top; u < bottom; u++)
        for (int v = left; v < right; v++) {
          float* at = dx + (int64_t{u} * op.in.width + v) * channels;
          for_vectors(channels, [&](int64_t c, int lanes) {
            write(at + c, load_part(dy + out + c, lanes) * splat(share), lanes, true);
          });
        }
    });
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

// Depthwise convolution: every filter reads one channel of its own, so that nothing is summed over channels and the filters are the
// vectors. A tap is one multiply-add of the input under it, of all filters side by side, with the tap's weights, which are packed
// [taps, filters]. Groups one by one, as other convolutions go, would leave all lanes of a vector empty but one.
//
// Where a channel has several filters the image is copied with each channel repeated for them, and the gradients of the
// copies are summed up. Bias, dropout, pooling and activation are those of all convolutions, and so are the sums that a shard leaves.
#pragma once

#include "epilogue.h"
#include "geometry.h"

namespace heddle {
namespace HEDDLE_ISA {

constexpr int TAPS = 9;  // whose gradients are summed up in registers at once

inline void depthwise_pack(const ConvolutionGeometry& g, const float* kernels, float* panel, int from, int to) {
  for (int64_t tap = 0; tap < g.rows; tap++)
    for (int unit = from; unit < to; unit++) panel[tap * g.filters_padded + unit] = kernels[unit * g.rows + tap];
}

// The image with its padding and a channel for every filter; `room` keeps its border of zeros from image to image.
inline const float* repeated_image(const Op& op, const ConvolutionGeometry& g, const float* x, float* room) {
  const int times = op.units / op.in.channels;
  if (times == 1) return padded_image(op, g, x, room);
  for (int i = 0; i < op.in.height; i++) {
    float* to = room + ((int64_t{i} + op.window.top) * g.input.width + op.window.left) * op.units;
    for (int64_t k = 0; k < int64_t{op.in.width} * op.in.channels; k++, x++)
      for (int t = 0; t < times; t++) *to++ = *x;
  }
  return room;
}

// Σ over the taps of a vector of numbers, some positions and lines apart, times the tap's weights; `turned` from the last tap on.
template <bool TURNED>
inline vec sum_taps(const Window& w, const float* numbers, int64_t line, int64_t pixel, const float* panel, int64_t step) {
  vec total{};
  if (TURNED) panel += (int64_t{w.height} * w.width - 1) * step;
  for (int u = 0; u < w.height; u++) {
    const float* at = numbers + int64_t{u} * w.dilation_y * line;
    for (int v = 0; v < w.width; v++) {
      total += load(at) * load(panel);
      at += w.dilation_x * pixel;
      panel += TURNED ? -step : step;
    }
  }
  return total;
}

template <int HEIGHT, int WIDTH>
inline void depthwise_image(const Op& op, const ConvolutionGeometry& g, const Epilogue& e, const float* image,
                            const float* panel) {
  const Window& w = op.window;
  const int64_t line = int64_t{g.input.width} * op.units, pixel = op.units;
  int64_t window = 0;
  for (int i = 0; i < op.pooled.height; i++)
    for (int j = 0; j < op.pooled.width; j++, window++) {
      const float* corner = image + int64_t{i} * op.pool.stride_y * w.stride_y * line + int64_t{j} * op.pool.stride_x * w.stride_x * pixel;
      for_vectors(op.units, [&](int64_t f, int lanes) {
        pool_window<HEIGHT, WIDTH>(op, e, window, f, lanes, [&](int u, int q) {
          const float* at = corner + int64_t{u} * w.stride_y * line + int64_t{q} * w.stride_x * pixel + f;
          return sum_taps<false>(w, at, line, pixel, panel + f, g.filters_padded);
        });
      });
    }
}

inline void depthwise_forward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  float* room = s.scratch;
  if (g.padded) std::memset(room, 0, g.input.size() * sizeof(float));
  for (int n = 0; n < s.count; n++) {
    const float* image = repeated_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room);
    const Epilogue epilogue = epilogue_of(op, s, n, room + g.room_floats());
    if (op.pool.height == 1 && op.pool.width == 1)
      depthwise_image<1, 1>(op, g, epilogue, image, s.panels);
    else if (op.pool.height == 2 && op.pool.width == 2)
      depthwise_image<2, 2>(op, g, epilogue, image, s.panels);
    else
      depthwise_image<0, 0>(op, g, epilogue, image, s.panels);
  }
}

// R taps from `first` on, of a vector of filters: sums[tap] += Σ over the positions of the image, gradient * what lies under the tap.
template <int R>
inline void depthwise_kernel_tile(const Op& op, const ConvolutionGeometry& g, const float* image, const float* spread,
                                  int first, float* sums) {
  const Window& w = op.window;
  const int64_t line = int64_t{g.input.width} * op.units, pixel = op.units;
  vec total[R];
  int64_t offset[R];
  for (int r = 0; r < R; r++) {
    total[r] = load(sums + r * g.filters_padded);
    offset[r] = (first + r) / w.width * w.dilation_y * line + (first + r) % w.width * w.dilation_x * pixel;
  }
  for (int i = 0; i < g.used_height; i++) {
    const float* at = image + int64_t{i} * w.stride_y * line;
    const float* gradient = spread + (int64_t{i * w.stride_y + g.border_y} * g.spread.width + g.border_x) * g.filters_padded;
    for (int j = 0; j < g.used_width; j++) {
      const vec d = load(gradient);
      for (int r = 0; r < R; r++) total[r] += load(at + offset[r]) * d;
      at += w.stride_x * pixel;
      gradient += w.stride_x * g.filters_padded;
    }
  }
  for (int r = 0; r < R; r++) store(sums + r * g.filters_padded, total[r]);
}

template <int R = TAPS>
inline void depthwise_kernel_tile_of(int taps, const Op& op, const ConvolutionGeometry& g, const float* image,
                                     const float* spread, int first, float* sums) {
  if (taps >= R) return depthwise_kernel_tile<R>(op, g, image, spread, first, sums);
  if constexpr (R > 1) depthwise_kernel_tile_of<R - 1>(taps, op, g, image, spread, first, sums);
}

inline void depthwise_kernel_gradient(const Op& op, const ConvolutionGeometry& g, const float* image,
                                      const float* spread, float* sums) {
  for (int64_t f = 0; f < g.filters_padded; f += W)
    for (int tap = 0; tap < g.rows; tap += TAPS)
      depthwise_kernel_tile_of(static_cast<int>(g.rows) - tap, op, g, image + f, spread + f, tap,
                               sums + tap * g.filters_padded + f);
}

// The spread-out gradient times the taps turned around; `row` has room for the filters of a position.
inline void depthwise_input_gradient(const Op& op, const ConvolutionGeometry& g, const float* spread,
                                     const float* panel, float* dx, float* row) {
  const int times = op.units / op.in.channels;
  const int64_t line = int64_t{g.spread.width} * g.filters_padded, pixel = g.filters_padded;
  const bool accumulate = op.inputs[0].accumulate;
  for (int i = 0; i < op.in.height; i++)
    for (int j = 0; j < op.in.width; j++, dx += op.in.channels) {
      const float* corner = spread + int64_t{g.base_y + i} * line + int64_t{g.base_x + j} * pixel;
      for_vectors(op.units, [&](int64_t f, int lanes) {
        const vec sum = sum_taps<true>(op.window, corner + f, line, pixel, panel + f, g.filters_padded);
        if (times == 1)
          write(dx + f, sum, lanes, accumulate);
        else
          store(row + f, sum);
      });
      if (times == 1) continue;
      for (int c = 0; c < op.in.channels; c++) {
        float sum = accumulate ? dx[c] : 0;
        for (int t = 0; t < times; t++) sum += row[c * times + t];
        dx[c] = sum;
      }
    }
}

inline void depthwise_backward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  float* room = s.scratch;
  float* spread = room + g.room_floats();
  float* row = spread + g.spread.size() + W;
  std::memset(spread, 0, (g.spread.size() + W) * sizeof(float));
  for (int n = 0; n < s.count; n++) {
    const float* image = repeated_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room);
    spread_gradient(op, g, s, n, 0, spread, s.partials + g.filters_padded * g.rows);
    if (op.learns()) depthwise_kernel_gradient(op, g, image, spread, s.partials);
    if (!op.inputs[0].has_gradient()) continue;
    depthwise_input_gradient(op, g, spread, s.panels, s.gradient(op.inputs[0]) + n * op.in.size(), row);
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

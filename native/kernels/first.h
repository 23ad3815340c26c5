// The kernel gradient of a first layer with a fused max pooling: few input channels, and the input's gradient is
// not needed. Only the winner of each window has a gradient, so it is multiplied where it lies: for each position of the
// window a mask picks the filters that won there, and the input under it is broadcast to them.
//
// That is as many products as the dense form has, but the gradient is never spread out into an image, nor read from one
// again for every few rows of the kernel. The vectors run along the filters.
#pragma once

#include "geometry.h"

namespace heddle {
namespace HEDDLE_ISA {

// Sums that fit the registers beside the masked gradients.
constexpr int FIRST_ROWS = W >= 16 ? 9 : W == 8 ? 5 : 3;

// Rows [row, row + R) of the kernel's gradient, filters [filter, filter + V * W), of one image.
template <int R, int V>
inline void first_gradient_tile(const Op& op, const ConvolutionGeometry& g, const Shard& s, int n, const float* x,
                                int64_t row, int64_t filter, float* sums) {
  const Window& w = op.window;
  const int64_t length = int64_t{w.width} * g.channels;
  int64_t offsets[R];
  for (int r = 0; r < R; r++) {
    const int64_t u = (row + r) / length, v = (row + r) % length / g.channels, c = (row + r) % g.channels;
    offsets[r] = (u * w.dilation_y * g.input.width + v * w.dilation_x) * op.in.channels + c;
  }
  vec total[R][V];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) total[r][v] = load(sums + r * g.filters_padded + v * W);
  const float* y = s.value(op.output) + n * op.output.size + filter;
  const float* dy = s.gradient(op.output) + n * op.output.size + filter;
  const uint8_t* winners = winners_of(op, s, n) + filter;
  const int lanes = static_cast<int>(g.filters - filter);
  const vec kept = splat(kept_factor(op, s));
  for (int i = 0; i < op.pooled.height; i++) {
    for (int j = 0; j < op.pooled.width; j++, y += op.units, dy += op.units, winners += op.units) {
      vec gradient[V];
      ivec winner[V];
      for (int v = 0; v < V; v++) {
        const int here = lanes - v * W;
        gradient[v] = winner_gradient(op, load_part(y + v * W, here), load_part(dy + v * W, here), kept);
        winner[v] = widen(load_bytes_part(winners + v * W, here));
      }
      for (int p = 0; p < op.pool.height; p++)
        for (int q = 0; q < op.pool.width; q++) {
          const int64_t at_row = int64_t{i * op.pool.stride_y + p} * w.stride_y;
          const int64_t at_column = int64_t{j * op.pool.stride_x + q} * w.stride_x;
          const float* at = x + (at_row * g.input.width + at_column) * op.in.channels;
          vec here[V];
          for (int v = 0; v < V; v++) here[v] = winner[v] == ivec{} + (p * op.pool.width + q) ? gradient[v] : vec{};
          for (int r = 0; r < R; r++) {
            const vec number = splat(at[offsets[r]]);
            for (int v = 0; v < V; v++) total[r][v] += number * here[v];
          }
        }
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store(sums + r * g.filters_padded + v * W, total[r][v]);
}

template <int V, int R = FIRST_ROWS>
inline void first_gradient_tile_of(int64_t rows, const Op& op, const ConvolutionGeometry& g, const Shard& s, int n,
                                   const float* x, int64_t row, int64_t filter, float* sums) {
  if (rows >= R) return first_gradient_tile<R, V>(op, g, s, n, x, row, filter, sums);
  if constexpr (R > 1) first_gradient_tile_of<V, R - 1>(rows, op, g, s, n, x, row, filter, sums);
}

// Adds one image's bias gradient.
inline void first_bias_gradient(const Op& op, const Shard& s, int n, float* sums) {
  const float* y = s.value(op.output) + n * op.output.size;
  const float* dy = s.gradient(op.output) + n * op.output.size;
  const vec kept = splat(kept_factor(op, s));
  for (int64_t at = 0; at < op.output.size; at += op.units)
    for_vectors(op.units, [&](int64_t f, int lanes) {
      const vec gradient = winner_gradient(op, load_part(y + at + f, lanes), load_part(dy + at + f, lanes), kept);
      store(sums + f, load(sums + f) + gradient);
    });
}

// If the processor can pick numbers lane by lane, and a window has at most four positions, the masks are not needed: the
// numbers under all positions of a window lie side by side, [pixels and channels, CANDIDATES], and each filter picks the one
// under its winner.
constexpr int CANDIDATES = 4;

inline bool picks_candidates(const Op& op) { return PICKS && op.pool.height * op.pool.width <= CANDIDATES; }

inline int64_t candidate_floats(const ConvolutionGeometry& g) {
  return CANDIDATES * (g.input.size() + 1) + W;
}

inline void spread_candidates(const Op& op, const ConvolutionGeometry& g, const float* x, float* candidates) {
  const int64_t size = g.input.size();
  for (int p = 0; p < op.pool.height * op.pool.width; p++) {
    const int64_t row = p / op.pool.width * op.window.stride_y, column = p % op.pool.width * op.window.stride_x;
    const int64_t offset = (row * g.input.width + column) * g.channels;
    for (int64_t i = 0; i < size - offset; i++) candidates[i * CANDIDATES + p] = x[i + offset];
  }
}

// Rows [row, row + R) of the kernel's gradient, up to W filters, of one image.
template <int R>
inline void picked_gradient_tile(const Op& op, const ConvolutionGeometry& g, const Shard& s, int n,
                                 const float* candidates, int64_t row, int64_t filter, float* sums) {
  const Window& w = op.window;
  const int64_t length = int64_t{w.width} * g.channels, step = int64_t{g.channels} * CANDIDATES;
  int64_t offsets[R];
  for (int r = 0; r < R; r++) {
    const int64_t u = (row + r) / length, v = (row + r) % length / g.channels, c = (row + r) % g.channels;
    offsets[r] = (u * w.dilation_y * g.input.width + v * w.dilation_x) * step + c * CANDIDATES;
  }
  vec total[R];
  for (int r = 0; r < R; r++) total[r] = load(sums + r * g.filters_padded);
  const float* y = s.value(op.output) + n * op.output.size + filter;
  const float* dy = s.gradient(op.output) + n * op.output.size + filter;
  const uint8_t* winners = winners_of(op, s, n) + filter;
  const int lanes = static_cast<int>(g.filters - filter);
  const vec kept = splat(kept_factor(op, s));
  for (int i = 0; i < op.pooled.height; i++)
    for (int j = 0; j < op.pooled.width; j++, y += op.units, dy += op.units, winners += op.units) {
      const vec gradient = winner_gradient(op, load_part(y, lanes), load_part(dy, lanes), kept);
      const ivec winner = widen(load_bytes_part(winners, lanes));
      const int64_t at_row = int64_t{i} * op.pool.stride_y * w.stride_y;
      const int64_t at_column = int64_t{j} * op.pool.stride_x * w.stride_x;
      const float* at = candidates + (at_row * g.input.width + at_column) * step;
      for (int r = 0; r < R; r++) total[r] += gradient * pick(load(at + offsets[r]), winner);
    }
  for (int r = 0; r < R; r++) store(sums + r * g.filters_padded, total[r]);
}

template <int R = 9>
inline void picked_gradient_tile_of(int64_t rows, const Op& op, const ConvolutionGeometry& g, const Shard& s, int n,
                                    const float* candidates, int64_t row, int64_t filter, float* sums) {
  if (rows >= R) return picked_gradient_tile<R>(op, g, s, n, candidates, row, filter, sums);
  if constexpr (R > 1) picked_gradient_tile_of<R - 1>(rows, op, g, s, n, candidates, row, filter, sums);
}

// Partials as of the dense form: [rows + 1, filters_padded], the bias last.
inline void first_backward_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  for (int n = 0; n < s.count; n++) {
    const float* x = padded_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), s.scratch);
    first_bias_gradient(op, s, n, s.partials + g.rows * g.filters_padded);
    if (picks_candidates(op)) {
      float* candidates = s.scratch + g.room_floats();
      spread_candidates(op, g, x, candidates);
      for (int64_t f = 0; f < g.filters_padded; f += W)
        for (int64_t row = 0; row < g.rows; row += 9)
          picked_gradient_tile_of(g.rows - row < 9 ? g.rows - row : 9, op, g, s, n, candidates, row, f,
                                  s.partials + row * g.filters_padded + f);
      continue;
    }
    for (int64_t f = 0; f < g.filters_padded; f += PANEL)
      for (int64_t row = 0; row < g.rows; row += FIRST_ROWS) {
        float* sums = s.partials + row * g.filters_padded + f;
        const int64_t rows = g.rows - row < FIRST_ROWS ? g.rows - row : FIRST_ROWS;
        if (g.filters_padded - f > W)
          first_gradient_tile_of<2>(rows, op, g, s, n, x, row, f, sums);
        else
          first_gradient_tile_of<1>(rows, op, g, s, n, x, row, f, sums);
      }
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

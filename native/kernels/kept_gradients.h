// The kernel's gradient of a convolution over the whole batch. Where the outputs of a shard are fewer than the numbers of a filter,
// the shards keep the gradients of their outputs, and the end of the step sums up the products: a sum stays in its register for
// all images, where a shard's sums would be loaded and stored for each one of them.
#pragma once

#include "geometry.h"

namespace heddle {
namespace HEDDLE_ISA {

// Filters whose gradients lie side by side: [blocks, outputs of the shard, filters of a block].
constexpr int KEPT = 16;

inline int64_t kept_block(const Op& op) { return int64_t{op.shard_size} * op.out.height * op.out.width * KEPT; }
inline int64_t kept_gradient_floats(const Op& op) { return (op.units + KEPT - 1) / KEPT * kept_block(op); }

// Keeps the spread-out gradient of image n.
inline void keep_gradient(const Op& op, const ConvolutionGeometry& g, const float* spread, int n, float* kept) {
  float* to = kept + int64_t{n} * op.out.height * op.out.width * KEPT;
  for (int i = 0; i < op.out.height; i++)
    for (int j = 0; j < op.out.width; j++, to += KEPT) {
      const float* pixel = spread + ((int64_t{i} * g.step_y + g.border_y) * g.spread.width + int64_t{j} * g.step_x + g.border_x) * g.spread.channels;
      for (int f = 0; f < g.filters; f += W) store(to + f / KEPT * kept_block(op) + f % KEPT, load(pixel + f));
    }
}

// The outputs of an image that a tap of the window reads for, each with where its pixel and its gradient begin.
struct TapOutputs {
  int count = 0;
  int64_t pixels[KEPT_OUTPUTS];
  int32_t gradients[KEPT_OUTPUTS];

  TapOutputs(const Op& op, int u, int v) {
    const Window& w = op.window;
    for (int i = 0; i < op.out.height; i++)
      for (int j = 0; j < op.out.width; j++) {
        const int y = i * w.stride_y + u * w.dilation_y - w.top, x = j * w.stride_x + v * w.dilation_x - w.left;
        if (y < 0 || y >= op.in.height || x < 0 || x >= op.in.width) continue;
        pixels[count] = (int64_t{y} * op.in.width + x) * op.in.channels;
        gradients[count++] = (i * op.out.width + j) * KEPT;
      }
  }
};

// R filters times V vectors of channels: to[r * step + c] = Σ over the batch, of each shard first.
template <int R, int V>
inline void kept_tile(const Op& op, const Batch& b, const TapOutputs& tap, int64_t channel, int64_t filter, int lanes,
                      float* to, int64_t step) {
  const int64_t outputs = int64_t{op.out.height} * op.out.width * KEPT;
  float totals[R][V * W] = {};
  for (int shard = 0; shard < b.shards; shard++) {
    const float* x = b.arenas + shard * b.arena_floats + op.inputs[0].value + channel;
    const float* d = b.part(shard) + filter / KEPT * kept_block(op) + filter % KEPT;
    vec sums[R][V] = {};
    for (int n = b.examples(shard); n > 0; n--, x += op.in.size(), d += outputs)
      for (int p = 0; p < tap.count; p++) {
        const float *pixel = x + tap.pixels[p], *gradient = d + tap.gradients[p];
        vec numbers[V];
        for (int v = 0; v < V; v++) numbers[v] = load_part(pixel + v * W, lanes - v * W);
        // The channels that come next: pixels are too far apart for the processor to foresee them.
        for (int v = 0; v < V; v++) __builtin_prefetch(pixel + (V + v) * W);
        for (int r = 0; r < R; r++) {
          const vec factor = splat(gradient[r]);
          for (int v = 0; v < V; v++) sums[r][v] += factor * numbers[v];
        }
      }
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) store(totals[r] + v * W, load(totals[r] + v * W) + sums[r][v]);
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store_part(to + r * step + v * W, load(totals[r] + v * W), lanes - v * W);
}

template <int V, int R = ROWS>
inline void kept_tile_of(int filters, const Op& op, const Batch& b, const TapOutputs& tap, int64_t channel, int64_t filter,
                         float* to, int64_t step) {
  const int lanes = op.in.channels - static_cast<int>(channel);
  if (filters < R) {
    if constexpr (R > 1) kept_tile_of<V, R - 1>(filters, op, b, tap, channel, filter, to, step);
  } else if (lanes >= V * W) {
    kept_tile<R, V>(op, b, tap, channel, filter, V * W, to, step);
  } else {
    kept_tile<R, V>(op, b, tap, channel, filter, lanes, to, step);
  }
}

// The kernel's gradient of the filters [from, to).
inline void finish_kept(const Op& op, const ConvolutionGeometry& g, const Batch& b, float* kernel, int from, int to) {
  for (int k = 0; k < op.window.height * op.window.width; k++) {
    const TapOutputs tap(op, k / op.window.width, k % op.window.width);
    for (int64_t c = 0; c < g.channels; c += PANEL)
      for (int f = from, here; f < to; f += here) {
        const int in_block = KEPT - f % KEPT, left = to - f < in_block ? to - f : in_block;
        here = left < ROWS ? left : ROWS;
        float* gradient = kernel + f * g.rows + int64_t{k} * g.channels + c;
        if (g.channels - c > W)
          kept_tile_of<2>(here, op, b, tap, c, f, gradient, g.rows);
        else
          kept_tile_of<1>(here, op, b, tap, c, f, gradient, g.rows);
      }
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

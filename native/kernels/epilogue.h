// Bias, dropout, pooling and activation after the sums of a convolution, in one pass, and their gradients.
#pragma once

#include "geometry.h"

namespace heddle {
namespace HEDDLE_ISA {

// What the epilogue of an image needs besides the products.
struct Epilogue {
  const float* bias;
  float* y;
  uint8_t* winners;        // of a fused pooling, where the backward pass will ask
  const uint8_t* dropped;  // of a fused dropout that is on
  vec kept;
};

// `room`: for the dropped bytes.
inline Epilogue epilogue_of(const Op& op, const Shard& s, int n, float* room) {
  Epilogue e = {op.bias < 0 ? nullptr : s.parameters + op.bias, s.value(op.output) + n * op.output.size,
                s.training ? winners_of(op, s, n) : nullptr, nullptr, splat(kept_factor(op, s))};
  if (!op.drops || !s.noise) return e;
  draw_dropped(op, s, n, reinterpret_cast<uint8_t*>(room));
  e.dropped = reinterpret_cast<uint8_t*>(room);
  return e;
}

// What a convolution without pooling makes of its sums. Between the bounds: most activations, and none.
__attribute__((noinline)) inline vec activated_apart(const Op& op, vec x) { return activate(op, x); }

inline bool activates_by_bounds(const Op& op) {
  const Activation a = op.activation;
  return a == Activation::linear || a == Activation::relu ||
         (a == Activation::clipped_relu && op.slope == 0 && op.relu_threshold == 0);
}

template <bool BOUNDS>
struct Ending {
  const Op& op;
  vec low, high;

  explicit Ending(const Op& op)
      : op(op),
        low(splat(op.activation == Activation::linear ? -INFINITY : 0.f)),
        high(splat(op.activation == Activation::clipped_relu ? op.limit : INFINITY)) {}

  vec operator()(vec x) const {
    if constexpr (BOUNDS) return at_most(at_least(x, low), high);
    return activated_apart(op, x);
  }
};

// visit(ending) with the op's kind of ending.
template <typename Visit>
inline void with_ending(const Op& op, Visit visit) {
  if (activates_by_bounds(op)) return visit(Ending<true>(op));
  visit(Ending<false>(op));
}

inline vec bias_part(const Op& op, const Shard& s, int64_t filter, int lanes) {
  return op.bias < 0 ? vec{} : load_part(s.parameters + op.bias + filter, lanes);
}

// How far apart in a strip the positions (u, q) of a window are, and the windows of a row.
struct StripLayout {
  int64_t u, q, window;
};

// Bias, dropout, pooling and activation of one window: of up to W filters from `filter` on, whose values before them are
// value_at(u, q). What is dropped never wins: behind a relu it is no more than what wins. `window` counts through the
// images; HEIGHT x WIDTH is the size of a window if it is known at compile time, else 0.
template <int HEIGHT, int WIDTH, typename ValueAt>
inline void pool_window(const Op& op, const Epilogue& e, int64_t window, int64_t filter, int lanes, ValueAt value_at) {
  const int height = HEIGHT ? HEIGHT : op.pool.height, width = WIDTH ? WIDTH : op.pool.width;
  const int64_t row = window / op.pooled.width, column = window % op.pooled.width;
  const int64_t pixel = row * op.pool.stride_y * op.out.width + column * op.pool.stride_x;
  const uint8_t* dropped = e.dropped ? e.dropped + pixel * op.units + filter : nullptr;
  const auto kept_at = [&](int u, int q) {
    const vec value = value_at(u, q);
    if (!dropped) return value;
    const int64_t at = (int64_t{u} * op.out.width + q) * op.units;
    return widen(load_bytes_part(dropped + at, lanes)) == ivec{} ? value : splat(-INFINITY);
  };
  vec best = kept_at(0, 0);
  ivec winner{};
#pragma GCC unroll 4
  for (int u = 0; u < height; u++)
#pragma GCC unroll 4
    for (int q = u == 0 ? 1 : 0; q < width; q++) {
      const vec value = kept_at(u, q);
      const ivec larger = value > best;
      best = larger ? value : best;
      if (e.winners) winner = larger ? ivec{} + (u * width + q) : winner;
    }
  const int64_t out = window * op.units + filter;
  const vec shifted = e.bias ? best + load_part(e.bias + filter, lanes) : best;
  store_part(e.y + out, activate(op, shifted) * e.kept, lanes);
  if (e.winners) store_bytes_part(e.winners + out, narrow(winner), lanes);
}

// A row of windows out of a strip, PANEL filters at most.
template <int HEIGHT, int WIDTH>
inline void pool_row(const Op& op, const Epilogue& e, const float* strip, const StripLayout& at, int64_t row,
                     int64_t filter, int lanes) {
  for (int j = 0; j < op.pooled.width; j++, strip += at.window)
    for (int v = 0; v < lanes; v += W)
      pool_window<HEIGHT, WIDTH>(op, e, row * op.pooled.width + j, filter + v, lanes - v,
                                 [&](int u, int q) { return load(strip + u * at.u + q * at.q + v); });
}

inline void pool_row_of(const Op& op, const Epilogue& e, const float* strip, const StripLayout& at, int64_t row,
                        int64_t filter, int lanes) {
  const auto is = [&](int height, int width) { return op.pool.height == height && op.pool.width == width; };
  if (is(2, 2)) return pool_row<2, 2>(op, e, strip, at, row, filter, lanes);
  if (is(1, 3)) return pool_row<1, 3>(op, e, strip, at, row, filter, lanes);
  return pool_row<0, 0>(op, e, strip, at, row, filter, lanes);
}

// The gradient of one image and group before pooling and activation, spread out; adds up the bias gradient.
inline void spread_gradient(const Op& op, const ConvolutionGeometry& g, const Shard& s, int n, int group,
                            float* spread, float* bias_sums) {
  const int pool_width = op.pools ? op.pool.width : 1;
  const int pool_y = op.pools ? op.pool.stride_y : 1, pool_x = op.pools ? op.pool.stride_x : 1;
  const float* y = s.value(op.output) + n * op.output.size + group * g.filters;
  const float* dy = s.gradient(op.output) + n * op.output.size + group * g.filters;
  const uint8_t* winners = op.pools ? winners_of(op, s, n) + group * g.filters : nullptr;
  const vec kept = splat(kept_factor(op, s));
  for (int i = 0; i < op.pooled.height; i++) {
    for (int j = 0; j < op.pooled.width; j++) {
      const int64_t at = (int64_t{i} * op.pooled.width + j) * op.units;
      for (int f = 0; f < g.filters; f += W) {
        const int lanes = g.filters - f;
        const vec gradient = winner_gradient(op, load_part(y + at + f, lanes), load_part(dy + at + f, lanes), kept);
        store(bias_sums + f, load(bias_sums + f) + gradient);
        ivec winner{};
        if (op.pools) winner = widen(load_bytes_part(winners + at + f, lanes));
        for (int u = 0; u < g.pool_height; u++)
          for (int v = 0; v < pool_width; v++) {
            const int64_t row = int64_t{i * pool_y + u} * g.step_y + g.border_y;
            const int64_t column = int64_t{j * pool_x + v} * g.step_x + g.border_x;
            const ivec here = winner == ivec{} + (u * pool_width + v);
            store(spread + (row * g.spread.width + column) * g.filters_padded + f, here ? gradient : vec{});
          }
      }
    }
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

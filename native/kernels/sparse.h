// Backward through a fused max pooling: of each window only the winner has a gradient, and relu leaves none at
// all of many windows. So both gradients of the convolution are sums over a list of the gradients that exist:
//
// - kernel: for each filter, gradient * (the input under its window), the sums held in registers over the image;
// - input: for each output position, gradient * (the filter's weights), added onto the input under it.
//
// On 2 x 2 windows behind a relu one product in eight is left of the dense form, and after some epochs one in
// fifteen (docs/log.md has the figures).
// The vectors run along the input channels, which both the input and the kernel [filters, rows, columns, channels]
// hold side by side; with fewer channels than lanes the dense form is the faster one, but on four lanes.
#pragma once

#include "geometry.h"

namespace heddle {
namespace HEDDLE_ISA {

struct Entry {
  float gradient;
  int32_t at;  // the input's offset, or the filter
};

// The gradients of one image, twice: by filter, and by position.
struct SparseGradients {
  int windows, positions;  // positions: of one window
  Entry* by_filter;        // [filters, windows], the first counts[f] of each row used
  int32_t* counts;
  Entry* by_position;  // where the input has a gradient; those of window w and position q from
                       // starts[w * positions + q] on
  int32_t* starts;
  Entry* buckets;     // [positions, filters], of the window at hand
  float* gradients;   // [filters], of the window at hand

  static int64_t floats(const Op& op) {
    const int64_t windows = int64_t{op.pooled.height} * op.pooled.width, positions = op.pool.height * op.pool.width;
    return 2 * (2 * windows * op.units + positions * op.units) + op.units + windows * positions + 1 + op.units + W;
  }

  SparseGradients(const Op& op, float* room)
      : windows(op.pooled.height * op.pooled.width), positions(op.pool.height * op.pool.width) {
    const int64_t units = op.units;
    by_filter = reinterpret_cast<Entry*>(room);
    by_position = by_filter + units * windows;
    buckets = by_position + units * windows;
    counts = reinterpret_cast<int32_t*>(buckets + units * positions);
    starts = counts + units;
    gradients = reinterpret_cast<float*>(starts + int64_t{windows} * positions + 1);
  }

  // Offset of the input under output position q of window w.
  static int64_t input_offset(const Op& op, const ConvolutionGeometry& g, int w, int q) {
    const int64_t row = w / op.pooled.width * op.pool.stride_y + q / op.pool.width;
    const int64_t column = w % op.pooled.width * op.pool.stride_x + q % op.pool.width;
    return (row * op.window.stride_y * g.input.width + column * op.window.stride_x) * op.in.channels;
  }

  // Fills both lists for image n and adds up the bias gradient.
  void build(const Op& op, const ConvolutionGeometry& g, const Shard& s, int n, float* bias_sums) {
    const float* y = s.value(op.output) + n * op.output.size;
    const float* dy = s.gradient(op.output) + n * op.output.size;
    const uint8_t* winners = winners_of(op, s, n);
    std::memset(counts, 0, op.units * sizeof *counts);
    int32_t used = 0;
    const bool back = op.inputs[0].has_gradient();
    for (int w = 0; w < windows; w++, y += op.units, dy += op.units, winners += op.units) {
      for_vectors(op.units, [&](int64_t f, int lanes) {
        const vec slope = derivative_from_output(op.activation, op.slope, load_part(y + f, lanes));
        const vec gradient = load_part(dy + f, lanes) * slope;
        store(gradients + f, gradient);
        store_part(bias_sums + f, load_part(bias_sums + f, lanes) + gradient, lanes);
      });
      int32_t offsets[256], sizes[256] = {};
      for (int q = 0; q < positions; q++) offsets[q] = static_cast<int32_t>(input_offset(op, g, w, q));
      // Every entry is written; the next one overwrites it unless it counts.
      Entry* rows = by_filter;
      for (int f = 0; f < op.units; f++) {
        const float gradient = gradients[f];
        // Only a program that lets another op write over these bytes has larger ones; it must not lead outside.
        const int q = winners[f] < positions ? winners[f] : 0, exists = gradient != 0;
        rows[counts[f]] = {gradient, offsets[q]};
        counts[f] += exists;
        rows += windows;
        if (!back) continue;
        buckets[q * op.units + sizes[q]] = {gradient, f};
        sizes[q] += exists;
      }
      if (!back) continue;
      for (int q = 0; q < positions; q++) {
        starts[w * positions + q] = used;
        std::memcpy(by_position + used, buckets + int64_t{q} * op.units, sizes[q] * sizeof(Entry));
        used += sizes[q];
      }
    }
    starts[windows * positions] = used;
  }
};

// V vectors of which only the last one may be partial.
template <int V>
inline void store_run(float* to, const vec* from, int lanes) {
  for (int v = 0; v < V - 1; v++) store(to + v * W, from[v]);
  store_part(to + (V - 1) * W, from[V - 1], lanes - (V - 1) * W);
}

// R runs of V vectors: sums[r] += Σ entry.gradient * numbers[entry.at + r].
template <int R, int V>
inline void sparse_kernel_tile(const Entry* entries, int count, const float* numbers, int64_t run_step, float* sums,
                               int64_t sums_step, int lanes) {
  vec total[R][V];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) total[r][v] = load(sums + r * sums_step + v * W);
  for (int e = 0; e < count; e++) {
    const vec gradient = splat(entries[e].gradient);
    const float* at = numbers + entries[e].at;
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) total[r][v] += gradient * load(at + r * run_step + v * W);
  }
  for (int r = 0; r < R; r++)
    store_run<V>(sums + r * sums_step, total[r], lanes);
}

template <int V>
inline void sparse_input_tile(const Entry* entries, int count, const float* weights, int64_t filter_step, float* dx,
                              int lanes) {
  vec total[V];
  for (int v = 0; v < V - 1; v++) total[v] = load(dx + v * W);
  total[V - 1] = load_part(dx + (V - 1) * W, lanes - (V - 1) * W);
  for (int e = 0; e < count; e++) {
    const vec gradient = splat(entries[e].gradient);
    const float* at = weights + entries[e].at * filter_step;
    for (int v = 0; v < V; v++) total[v] += gradient * load(at + v * W);
  }
  store_run<V>(dx, total, lanes);
}

// Sums that fit the registers beside a gradient; of 16 the compilers in browsers leave fewer.
constexpr int SUMS = W >= 16 ? 24 : W == 8 ? 12 : 8;
constexpr int LONGEST = W == 4 ? 8 : 12;  // vectors of a run that are taken at once

template <int V = LONGEST>
inline void sparse_kernel_runs(int vectors, int runs, const Entry* entries, int count, const float* numbers,
                               int64_t run_step, float* sums, int64_t sums_step, int lanes) {
  if (vectors < V) {
    if constexpr (V > 1)
      sparse_kernel_runs<V - 1>(vectors, runs, entries, count, numbers, run_step, sums, sums_step, lanes);
    return;
  }
  constexpr int R = SUMS / V >= 3 ? 3 : SUMS / V;
  int r = 0;
  for (; r + R <= runs; r += R)
    sparse_kernel_tile<R, V>(entries, count, numbers + r * run_step, run_step, sums + r * sums_step, sums_step, lanes);
  for (; r < runs; r++)
    sparse_kernel_tile<1, V>(entries, count, numbers + r * run_step, run_step, sums + r * sums_step, sums_step, lanes);
}

template <int V = LONGEST>
inline void sparse_input_run(int vectors, const Entry* entries, int count, const float* weights, int64_t filter_step,
                             float* dx, int lanes) {
  if (vectors >= V) return sparse_input_tile<V>(entries, count, weights, filter_step, dx, lanes);
  if constexpr (V > 1) sparse_input_run<V - 1>(vectors, entries, count, weights, filter_step, dx, lanes);
}

// visit(first number of a run, vectors, lanes) over the pieces of a run that are short enough for the registers.
template <typename Visit>
inline void for_pieces(int length, Visit visit) {
  for (int from = 0; from < length; from += LONGEST * W) {
    const int lanes = length - from < LONGEST * W ? length - from : LONGEST * W;
    visit(from, (lanes + W - 1) / W, lanes);
  }
}

// Adds one image's part to the kernel gradient: sums [filters, rows].
inline void sparse_kernel_gradient(const Op& op, const ConvolutionGeometry& g, const SparseGradients& lists,
                                   const float* x, float* sums) {
  const Taps taps = taps_of(op.window, op.groups, g.channels, g.input);
  for (int f = 0; f < op.units; f++) {
    const Entry* entries = lists.by_filter + int64_t{f} * lists.windows;
    for (int outer = 0; outer < taps.outer; outer++) {
      // Runs of one row of the window stand `inner_step` apart, or there is one for each row.
      const bool rows_are_runs = taps.inner == 1;
      if (rows_are_runs && outer > 0) break;
      const int runs = rows_are_runs ? taps.outer : taps.inner;
      const int64_t step = rows_are_runs ? taps.outer_step : taps.inner_step;
      float* to = sums + f * g.rows + int64_t{outer} * taps.inner * taps.length;
      for_pieces(taps.length, [&](int from, int vectors, int lanes) {
        sparse_kernel_runs(vectors, runs, entries, lists.counts[f], x + outer * taps.outer_step + from, step, to + from,
                           taps.length, lanes);
      });
    }
  }
}

// Adds one image's input gradient onto dx, an image with the padding of the input. Run by run, so that the weights
// of all filters for one run stay in L1.
inline void sparse_input_gradient(const Op& op, const ConvolutionGeometry& g, const SparseGradients& lists,
                                  const float* kernel, float* dx) {
  const Taps taps = taps_of(op.window, op.groups, g.channels, g.input);
  for (int outer = 0; outer < taps.outer; outer++)
    for (int inner = 0; inner < taps.inner; inner++) {
      const float* weights = kernel + (int64_t{outer} * taps.inner + inner) * taps.length;
      float* to = dx + outer * taps.outer_step + inner * taps.inner_step;
      for_pieces(taps.length, [&](int from, int vectors, int lanes) {
        for (int w = 0; w < lists.windows; w++)
          for (int q = 0; q < lists.positions; q++) {
            const int32_t* start = lists.starts + w * lists.positions + q;
            if (start[0] == start[1]) continue;
            sparse_input_run(vectors, lists.by_position + start[0], start[1] - start[0], weights + from, g.rows,
                             to + SparseGradients::input_offset(op, g, w, q) + from, lanes);
          }
      });
    }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

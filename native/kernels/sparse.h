// Backward through a fused max pooling: of each window only the winner has a gradient, and relu leaves none at
// all of many windows. So both gradients of the convolution are sums over a list of the gradients that exist:
//
// - kernel: for each filter, gradient * (the input under its window), the sums held in registers over the image;
// - input: for each output position, gradient * (the filter's weights), added onto the input under it.
//
// The lists hold one image; or, where that is shorter than the kernel, all images of a shard: then the kernel's gradient is
// left to `sparse_finish`, which sums it up over the whole batch, and no sums of shards are kept. Small images get there
// without a pooling, too.
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

// For each filter the gradients of some images, those of an image side by side.
struct FilterLists {
  int capacity;      // of each list: images * windows
  Entry* entries;    // [filters, capacity], the first counts[f] of each row used
  int32_t* counts;

  static int64_t floats(const Op& op, int images) { return op.units * (2 * capacity_of(op, images) + 1); }
  static int64_t capacity_of(const Op& op, int images) {
    return int64_t{images} * op.pooled.height * op.pooled.width;
  }

  FilterLists(const Op& op, int images, float* room)
      : capacity(static_cast<int>(capacity_of(op, images))),
        entries(reinterpret_cast<Entry*>(room)),
        counts(reinterpret_cast<int32_t*>(entries + int64_t{op.units} * capacity)) {}
};

// The same gradients by position.
struct PositionLists {
  int windows, positions;  // of an image; of a window
  Entry* entries;          // those of image n, window w and position q from starts[(n * windows + w) * positions + q] on
  int32_t* starts;
  Entry* buckets;    // [positions, filters], of the window at hand
  float* gradients;  // [filters], of the window at hand

  static int64_t floats(const Op& op, int images) {
    const int64_t windows = int64_t{op.pooled.height} * op.pooled.width, positions = op.pool.height * op.pool.width;
    return 2 * op.units * (images * windows + positions) + images * windows * positions + 2 + op.units + W;
  }

  PositionLists(const Op& op, int images, float* room)
      : windows(op.pooled.height * op.pooled.width), positions(op.pool.height * op.pool.width) {
    const int64_t units = op.units, all = int64_t{images} * windows;
    entries = reinterpret_cast<Entry*>(room);
    buckets = entries + units * all;
    starts = reinterpret_cast<int32_t*>(buckets + units * positions);
    gradients = reinterpret_cast<float*>(starts + (all * positions + 2) / 2 * 2);
    starts[0] = 0;
  }
};

// Offset of the input under output position q of window w.
inline int64_t input_offset(const Op& op, const ConvolutionGeometry& g, int w, int q) {
  const int64_t row = w / op.pooled.width * op.pool.stride_y + q / op.pool.width;
  const int64_t column = w % op.pooled.width * op.pool.stride_x + q % op.pool.width;
  return (row * op.window.stride_y * g.input.width + column * op.window.stride_x) * op.in.channels;
}

// Appends image n of the shard, the k-th one of the lists, to both, and adds up the bias gradient. The lists are read by
// position only if the input has a gradient.
inline void list_gradients(const Op& op, const ConvolutionGeometry& g, const Shard& s, int n, int k,
                           FilterLists& filters, PositionLists& places, float* bias_sums) {
  const float* y = s.value(op.output) + n * op.output.size;
  const float* dy = s.gradient(op.output) + n * op.output.size;
  const uint8_t* winners = winners_of(op, s, n);
  const bool by_position = op.inputs[0].has_gradient();
  const int32_t image = static_cast<int32_t>(k * op.in.size());
  int32_t* starts = places.starts + k * places.windows * places.positions;
  int32_t used = starts[0];
  const vec kept = splat(kept_factor(op, s));
  for (int w = 0; w < places.windows; w++, y += op.units, dy += op.units) {
    for_vectors(op.units, [&](int64_t f, int lanes) {
      const vec gradient = winner_gradient(op, load_part(y + f, lanes), load_part(dy + f, lanes), kept);
      store(places.gradients + f, gradient);
      store_part(bias_sums + f, load_part(bias_sums + f, lanes) + gradient, lanes);
    });
    int32_t offsets[256], sizes[256] = {};
    for (int q = 0; q < places.positions; q++) offsets[q] = image + static_cast<int32_t>(input_offset(op, g, w, q));
    // Every entry is written; the next one overwrites it unless it counts.
    for (int f = 0; f < op.units; f++) {
      const float gradient = places.gradients[f];
      // Only a program that lets another op write over these bytes has larger ones; it must not lead outside.
      const int winner = op.pools ? winners[int64_t{w} * op.units + f] : 0;
      const int q = winner < places.positions ? winner : 0, exists = gradient != 0;
      filters.entries[int64_t{f} * filters.capacity + filters.counts[f]] = {gradient, offsets[q]};
      filters.counts[f] += exists;
      if (!by_position) continue;
      places.buckets[q * op.units + sizes[q]] = {gradient, f};
      sizes[q] += exists;
    }
    if (!by_position) continue;
    for (int q = 0; q < places.positions; q++) {
      std::memcpy(places.entries + used, places.buckets + int64_t{q} * op.units, sizes[q] * sizeof(Entry));
      used += sizes[q];
      *++starts = used;
    }
  }
}

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
constexpr int LONGEST = SUMS;  // vectors of a run that are taken at once

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
  const int vectors = (length + W - 1) / W, pieces = (vectors + LONGEST - 1) / LONGEST;
  const int piece = (vectors + pieces - 1) / pieces * W;
  for (int from = 0; from < length; from += piece) {
    const int lanes = length - from < piece ? length - from : piece;
    visit(from, (lanes + W - 1) / W, lanes);
  }
}

// sum(entries, count, numbers, sums) adds up a piece of the kernel's gradient that fits the registers; visit(sum, offset in
// the input, row) is called for each piece.
template <typename Visit>
inline void for_kernel_pieces(const Op& op, const ConvolutionGeometry& g, Visit visit) {
  const Taps taps = taps_of(op.window, op.groups, g.channels, g.input);
  // Runs of one row of the window stand `inner_step` apart, or there is one for each row.
  const bool rows_are_runs = taps.inner == 1;
  const int runs = rows_are_runs ? taps.outer : taps.inner;
  const int64_t step = rows_are_runs ? taps.outer_step : taps.inner_step;
  for (int outer = 0; outer < (rows_are_runs ? 1 : taps.outer); outer++)
    for_pieces(taps.length, [&](int from, int vectors, int lanes) {
      const auto sum = [&](const Entry* entries, int count, const float* numbers, float* sums) {
        sparse_kernel_runs(vectors, runs, entries, count, numbers, step, sums, taps.length, lanes);
      };
      visit(sum, outer * taps.outer_step + from, int64_t{outer} * taps.inner * taps.length + from);
    });
}

// Adds one image's part to the kernel gradient: sums [filters, rows].
inline void sparse_kernel_gradient(const Op& op, const ConvolutionGeometry& g, const FilterLists& lists,
                                   const float* x, float* sums) {
  for_kernel_pieces(op, g, [&](auto sum, int64_t offset, int64_t row) {
    for (int f = 0; f < op.units; f++)
      sum(lists.entries + int64_t{f} * lists.capacity, lists.counts[f], x + offset, sums + f * g.rows + row);
  });
}

// The kernel gradient of the filters [from, to) over the whole batch, from the lists that the shards have left. A piece of a
// shard's input stays in the first cache while it serves all these filters.
inline void sparse_finish(const Op& op, const ConvolutionGeometry& g, const Batch& b, float* gradients, int from, int to) {
  std::memset(gradients + from * g.rows, 0, (to - from) * g.rows * sizeof(float));
  for_kernel_pieces(op, g, [&](auto sum, int64_t offset, int64_t row) {
    for (int shard = 0; shard < b.shards; shard++) {
      const FilterLists lists(op, op.shard_size, const_cast<float*>(b.part(shard)));
      const float* x = b.arenas + shard * b.arena_floats + op.inputs[0].value;
      for (int f = from; f < to; f++)
        sum(lists.entries + int64_t{f} * lists.capacity, lists.counts[f], x + offset, gradients + f * g.rows + row);
    }
  });
}

// Adds the input gradients of `images` images onto dx, with the padding of the input. Run by run, so that the weights
// of all filters for one run serve all of them.
inline void sparse_input_gradient(const Op& op, const ConvolutionGeometry& g, const PositionLists& lists, int images,
                                  const float* kernel, float* dx) {
  const Taps taps = taps_of(op.window, op.groups, g.channels, g.input);
  for (int outer = 0; outer < taps.outer; outer++)
    for (int inner = 0; inner < taps.inner; inner++) {
      const float* weights = kernel + (int64_t{outer} * taps.inner + inner) * taps.length;
      float* to = dx + outer * taps.outer_step + inner * taps.inner_step;
      for_pieces(taps.length, [&](int from, int vectors, int lanes) {
        const int32_t* start = lists.starts;
        for (int k = 0; k < images; k++)
          for (int w = 0; w < lists.windows; w++)
            for (int q = 0; q < lists.positions; q++, start++) {
              if (start[0] == start[1]) continue;
              sparse_input_run(vectors, lists.entries + start[0], start[1] - start[0], weights + from, g.rows,
                               to + k * op.in.size() + input_offset(op, g, w, q) + from, lanes);
            }
      });
    }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

// Convolutions by tiles with large kernels, in training: all images of a batch go through a panel of lanes together. Its matrices are transformed
// into the second cache just before, some channels at a time, so the kernel is read as it is: packed it would be four times as large, be
// written after each update and be read again for each shard.
//
// First each shard transforms its tiles into its partials, where those of all such layers have their place in turn (`span_gather`). Then any thread
// takes any panel. Sums have the order that they have in a shard on its own: the bits are the same.
#pragma once

#include "winograd_backward.h"
#include "winograd_forward.h"

namespace heddle {
namespace HEDDLE_ISA {

constexpr int SPAN_CHANNELS = 64;  // transformed at a time
constexpr int SPAN_TILES = 64;     // multiplied at a time

// Transformed tiles of the images of a shard: [blocks of channels, PRODUCTS, tiles, BLOCK].
template <int M>
struct SpanTiles {
  Tiles<M> tiles;
  int64_t matrix, block, floats;

  SpanTiles(const Op& op, int height, int width, int64_t channels)
      : tiles(height, width),
        matrix(Tiles<M>::matrix(op.shard_size * tiles.of_image(), BLOCK)),
        block(PRODUCTS<M> * matrix),
        floats(channels / BLOCK * block) {}

  // Rows of tiles that go through a panel together.
  int rows_at_once() const { return tiles.across < SPAN_TILES ? SPAN_TILES / tiles.across : 1; }
  int64_t most() const { return int64_t{rows_at_once()} * tiles.across; }
};

template <int M>
inline SpanTiles<M> span_inputs(const Op& op, const ConvolutionGeometry& g) {
  return {op, g.used_height, g.used_width, g.channels};
}
template <int M>
inline SpanTiles<M> span_gradients(const Op& op, const ConvolutionGeometry& g) {
  return {op, op.in.height, op.in.width, g.filters_padded};
}

// Backward, a shard's partials are the tiles of the kernel's gradient, those of the input's, and the bias.
inline int64_t span_gradients_at(const Op& op, const ConvolutionGeometry& g) { return op.learns() ? kept_tiles_floats(op, g) : 0; }
inline int64_t span_bias_at(const Op& op, const ConvolutionGeometry& g) {
  const int64_t gradients = g.back_tile == 4 ? span_gradients<4>(op, g).floats : span_gradients<2>(op, g).floats;
  return span_gradients_at(op, g) + (op.inputs[0].has_gradient() ? gradients : 0);
}

inline int64_t span_partial_floats(const Op& op, const ConvolutionGeometry& g) {
  const int64_t forward = g.tile == 4 ? span_inputs<4>(op, g).floats : span_inputs<2>(op, g).floats;
  const int64_t backward = span_bias_at(op, g) + g.filters_padded;
  return forward > backward ? forward : backward;
}

template <int M>
inline int64_t span_scratch_floats_of(const SpanTiles<M>& store) {
  return PRODUCTS<M> * (SPAN_CHANNELS + 1) * PANEL + Tiles<M>::floats(store.most(), PANEL);
}

// And where a shard gathers: zeros, and a spread-out gradient.
inline int64_t span_scratch_floats(const Op& op, const ConvolutionGeometry& g) {
  const int64_t widest = g.channels > g.filters_padded ? g.channels : g.filters_padded;
  const int64_t gather = widest + W + gradient_images_floats(g, 1);
  const int64_t forward = g.tile == 4 ? span_scratch_floats_of(span_inputs<4>(op, g)) : span_scratch_floats_of(span_inputs<2>(op, g));
  const int64_t backward =
      g.back_tile == 4 ? span_scratch_floats_of(span_gradients<4>(op, g)) : span_scratch_floats_of(span_gradients<2>(op, g));
  const int64_t panels = forward > backward ? forward : backward;
  return gather > panels ? gather : panels;
}

// Tiles of an image, from (`top`, `left`) on, as those of the shard's image n.
template <int M>
inline void span_transform(const SpanTiles<M>& store, const TileImage& image, int top, int left, int n, float* to) {
  for (int64_t place = 0; place < store.tiles.of_image(); place++) {
    const int row = static_cast<int>(place / store.tiles.across) * side_of(M), column = static_cast<int>(place % store.tiles.across) * side_of(M);
    transform_tile<M, points_of(M), input_transform<M>>(image, row + top, column + left, to + (n * store.tiles.of_image() + place) * BLOCK,
                                                 store.matrix, store.block);
  }
}

template <int M>
inline void span_gather_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  const SpanTiles<M> store = span_inputs<M>(op, g);
  std::memset(s.scratch, 0, (g.channels + W) * sizeof(float));
  for (int n = 0; n < s.count; n++) {
    const TileImage image = {s.value(op.inputs[0]) + n * op.in.size(), op.in.height, op.in.width, g.channels, s.scratch};
    span_transform(store, image, -op.window.top, -op.window.left, n, s.partials);
  }
}

template <int M>
inline void span_gather_gradients_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  const SpanTiles<M> store = span_gradients<M>(op, g);
  const int64_t widest = g.channels > g.filters_padded ? g.channels : g.filters_padded;
  float *spread = s.scratch + widest + W, *bias = s.partials + span_bias_at(op, g);
  std::memset(s.scratch, 0, (widest + W + gradient_images_floats(g, 1)) * sizeof(float));
  std::memset(bias, 0, g.filters_padded * sizeof(float));
  for (int n = 0; n < s.count; n++) {
    const GradientImages gradients = gradient_images(op, g, s, n, 1, s.scratch, spread, bias);
    if (op.learns()) keep_tiles<M>(op, g, s, n, 1, gradients);
    if (op.inputs[0].has_gradient())
      span_transform(store, gradients.at(0), g.base_y - g.border_y + gradients.border_y, g.base_x - g.border_x + gradients.border_x, n,
                     s.partials + span_gradients_at(op, g));
  }
}

// The kernels of `lanes` filters, transformed for some channels: matrices [channels, PANEL].
template <int M>
inline void transform_filters(const ConvolutionGeometry& g, const float* kernels, int64_t filter, int lanes, int64_t channel, int64_t channels,
                              float* to) {
  for (int v = 0; v < lanes; v += W)
    for (int64_t c = 0; c < channels; c += W) {
      vec numbers[9][W];
      for (int k = 0; k < 9; k++) {
        for (int f = 0; f < W; f++) numbers[k][f] = load(kernels + (filter + v + f) * g.rows + k * g.channels + channel + c);
        transpose(numbers[k]);
      }
      for (int j = 0; j < W; j++) {
        vec kernel[3][3];
        for (int k = 0; k < 9; k++) kernel[k / 3][k % 3] = numbers[k][j];
        transform_kernel<M>(kernel, to + (c + j) * PANEL + v, (SPAN_CHANNELS + 1) * PANEL, W);
      }
    }
}

// The same turned around, for the input's gradient: of `lanes` channels and some filters, matrices [filters, PANEL].
template <int M>
inline void transform_turned(const ConvolutionGeometry& g, const float* kernels, int64_t channel, int lanes, int64_t filter, int64_t filters,
                             float* to) {
  for (int64_t f = 0; f < filters; f++)
    for (int v = 0; v < lanes; v += W) {
      vec turned[3][3];
      for (int k = 0; k < 9; k++) turned[k / 3][k % 3] = load(kernels + (filter + f) * g.rows + (8 - k) * g.channels + channel + v);
      transform_kernel<M>(turned, to + f * PANEL + v, (SPAN_CHANNELS + 1) * PANEL, W);
    }
}

// R tiles times V vectors of lanes, for some blocks of channels, on top of those before.
template <int R, int V>
[[gnu::noinline]] void span_tile(const float* const* rows, int64_t blocks, int64_t block, const float* panel, float* to, bool begins) {
  vec sums[R][V];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) sums[r][v] = begins ? vec{} : load(to + r * PANEL + v * W);
  for (int64_t b = 0; b < blocks; b++) {
    const float* x[R];
    for (int r = 0; r < R; r++) x[r] = rows[r] + b * block;
    for (int k = 0; k < BLOCK; k++, panel += PANEL) add_products(x, k, panel, sums);
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store(to + r * PANEL + v * W, sums[r][v]);
}

template <int V, int R = ROWS>
inline void span_tile_of(int rows_left, const float* const* rows, int64_t blocks, int64_t block, const float* panel, float* to, bool begins) {
  if (rows_left >= R) return span_tile<R, V>(rows, blocks, block, panel, to, begins);
  if constexpr (R > 1) span_tile_of<V, R - 1>(rows_left, rows, blocks, block, panel, to, begins);
}

// All tiles of a batch times one panel. transform(channel, channels, to) makes its matrices for some channels; finish(image, row of tiles, products,
// the distance of their matrices) takes what became of a row of tiles.
template <int M, typename Transform, typename Finish>
inline void span_panel(const Op& op, const SpanTiles<M>& store, int64_t at, int64_t channels, int lanes, const Shard& s, Transform transform,
                       Finish finish) {
  constexpr int64_t MATRIX = (SPAN_CHANNELS + 1) * PANEL;
  const Batch& b = s.batch;
  float *kernel = s.scratch, *products = kernel + PRODUCTS<M> * MATRIX;
  const int down = store.tiles.down, across = store.tiles.across, all_rows = b.count * down;
  for (int first = 0; first < all_rows; first += store.rows_at_once()) {
    const int end = first + store.rows_at_once() < all_rows ? first + store.rows_at_once() : all_rows;
    const int count = (end - first) * across;
    const int64_t apart = Tiles<M>::matrix(count, PANEL);
    for (int64_t c = 0; c < channels; c += SPAN_CHANNELS) {
      const int64_t here = channels - c < SPAN_CHANNELS ? channels - c : SPAN_CHANNELS;
      transform(c, here, kernel);
      for (int k = 0; k < PRODUCTS<M>; k++) {
        int64_t tile = int64_t{first} * across;
        const int64_t of_shard = op.shard_size * store.tiles.of_image();
        const auto next_row = [&] {
          const float* row = b.part(static_cast<int>(tile / of_shard)) + at + c / BLOCK * store.block + k * store.matrix + tile % of_shard * BLOCK;
          tile++;
          return row;
        };
        for_tiles(count, next_row, [&](int begin, const float* const* rows, int some) {
          float* to = products + k * apart + int64_t{begin} * PANEL;
          if (lanes > W)
            span_tile_of<2>(some, rows, here / BLOCK, store.block, kernel + k * MATRIX, to, c == 0);
          else
            span_tile_of<1>(some, rows, here / BLOCK, store.block, kernel + k * MATRIX, to, c == 0);
        });
      }
    }
    for (int row = first; row < end; row++) finish(row / down, row % down, products + int64_t{row - first} * across * PANEL, apart);
  }
}

template <int M>
inline void span_forward_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  const SpanTiles<M> store = span_inputs<M>(op, g);
  const int64_t filter = int64_t{s.part} * PANEL;
  const int lanes = static_cast<int>(g.filters - filter < PANEL ? g.filters - filter : PANEL);
  with_ending(op, [&](auto ending) {
    span_panel<M>(
        op, store, 0, g.channels, lanes, s,
        [&](int64_t c, int64_t count, float* to) { transform_filters<M>(g, s.parameters + op.kernel, filter, lanes, c, count, to); },
        [&](int image, int row, const float* products, int64_t apart) {
          float* y = s.batch.arena(image) + op.output.value + image % op.shard_size * op.output.size;
          finish_unpooled_row<M>(op, s, ending, y, row, store.tiles.across, products, apart, filter, lanes);
        });
  });
}

template <int M>
inline void span_input_gradient_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  const SpanTiles<M> store = span_gradients<M>(op, g);
  const int64_t channel = int64_t{s.part} * PANEL;
  const int lanes = static_cast<int>(g.channels - channel < PANEL ? g.channels - channel : PANEL);
  span_panel<M>(
      op, store, span_gradients_at(op, g), g.filters_padded, lanes, s,
      [&](int64_t f, int64_t count, float* to) { transform_turned<M>(g, s.parameters + op.kernel, channel, lanes, f, count, to); },
      [&](int image, int row, const float* products, int64_t apart) {
        float* dx = s.batch.arena(image) + op.inputs[0].gradient + image % op.shard_size * op.in.size();
        write_gradient_row<M>(op, dx, row, store.tiles.across, products, apart, channel, lanes);
      });
}

inline int span_parts_of(int64_t lanes) { return static_cast<int>((lanes + PANEL - 1) / PANEL); }

inline void span_gather(const Op& op, const Shard& s) {
  const ConvolutionGeometry g(op);
  if (g.tile == 4) return span_gather_of<4>(op, g, s);
  span_gather_of<2>(op, g, s);
}

inline void span_gather_gradients(const Op& op, const Shard& s) {
  const ConvolutionGeometry g(op);
  if (g.back_tile == 4) return span_gather_gradients_of<4>(op, g, s);
  span_gather_gradients_of<2>(op, g, s);
}

inline void span_forward(const Op& op, const Shard& s) {
  const ConvolutionGeometry g(op);
  if (g.tile == 4) return span_forward_of<4>(op, g, s);
  span_forward_of<2>(op, g, s);
}

inline void span_input_gradient(const Op& op, const Shard& s) {
  const ConvolutionGeometry g(op);
  if (g.back_tile == 4) return span_input_gradient_of<4>(op, g, s);
  span_input_gradient_of<2>(op, g, s);
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

// Winograd's F(M x M, K x K): M x M outputs of a window of K x K for (M + K - 1)² products instead of M² K² (Lavin and Gray, 2015).
//
//     outputs = Aᵀ [ Σ_c (G kernel Gᵀ) * (Bᵀ input B) ] A        * element by element
//
// The transformed kernels are packed after each update: PRODUCTS matrices [channels, filters] a panel. Some rows of tiles at a
// time, of one image or several, are transformed; each of the matrices is then one multiplication of tiles times panel, and the
// tiles of products become outputs in registers. Tiles read zeros outside of the image: there is no copy with a padding.
//
// Templates have a form of tiles (geometry.h) for M.
#pragma once

#include "epilogue.h"
#include "winograd_points.h"

namespace heddle {
namespace HEDDLE_ISA {

template <int M>
constexpr int PRODUCTS = points_of(M) * points_of(M);

// visit(form), a constant of the compiler.
template <typename Visit>
inline auto with_form(int form, Visit visit) {
  if (form == WIDE + 2) return visit(std::integral_constant<int, WIDE + 2>());
  if (form == 4) return visit(std::integral_constant<int, 4>());
  return visit(std::integral_constant<int, 2>());
}

// An image that is zero outside. `zeros` holds as many numbers as a pixel.
struct TileImage {
  const float* pixels;
  int height, width, channels;
  const float* zeros;

  const float* at(int y, int x) const {
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? pixels + (int64_t{y} * width + x) * channels : zeros;
  }
};

// Tiles that cover an image, and the matrices of their transforms: [PRODUCTS, tiles, channels].
template <int M>
struct Tiles {
  int down, across;

  Tiles(int height, int width)
      : down((height + side_of(M) - 1) / side_of(M)), across((width + side_of(M) - 1) / side_of(M)) {}
  int64_t of_image() const { return int64_t{down} * across; }

  // Matrices whose numbers for one tile stand a power of two apart would share few lines of the cache.
  static int64_t matrix(int64_t tiles, int64_t channels) { return (tiles * channels + 15) / 16 * 16 | 16; }
  static int64_t floats(int64_t tiles, int64_t channels) { return PRODUCTS<M> * matrix(tiles, channels) + W; }
};

// Channels that stand side by side where they are kept in blocks.
constexpr int BLOCK = 16;

// The N x N pixels from (y, x) on, transformed, as one number of each of the matrices for each channel. `block`: from one block of
// channels to the next.
template <int M, int N, Transform transform>
inline void transform_tile(const TileImage& image, int y, int x, float* to, int64_t matrix, int64_t block = BLOCK) {
  constexpr int T = points_of(M);
  const float* at[N][N];
  for (int u = 0; u < N; u++)
    for (int v = 0; v < N; v++) at[u][v] = image.at(y + u, x + v);
  for_vectors(image.channels, [&](int64_t c, int here) {
    vec from[N][N], all[T][T];
#pragma GCC unroll 6
    for (int u = 0; u < N; u++)
#pragma GCC unroll 6
      for (int v = 0; v < N; v++) from[u][v] = load_part(at[u][v] + c, here);
    transform_square<N, T, transform>(from, all);
    float* channel = to + c / BLOCK * block + c % BLOCK;
#pragma GCC unroll 6
    for (int u = 0; u < T; u++)
#pragma GCC unroll 6
      for (int v = 0; v < T; v++) store_part(channel + (u * T + v) * matrix, all[u][v], here);
  });
}

// The matrices times one panel of `width` lanes: products [PRODUCTS, tiles, width].
template <int M>
inline void multiply_tiles(const float* tiles, int64_t matrix, int count, int channels, const float* panel, int64_t width,
                           float* products) {
  for (int k = 0; k < PRODUCTS<M>; k++)
    multiply_rows(count, tiles + k * matrix, channels, panel + k * matrix_rows(channels) * width, width, products + k * Tiles<M>::matrix(count, width));
}

// Fetches the lines that the tile of outputs at `to` is written to: see `foresee`.
template <int M>
inline void foresee_tile(const float* to, int64_t width, int64_t channels) {
  for (int u = 0; u < side_of(M); u++)
    for (int q = 0; q < side_of(M); q++) __builtin_prefetch(to + (u * width + q) * channels, 1);
}

// One tile of products, a vector of lanes, as outputs.
template <int M>
inline void outputs_of(const float* products, int64_t matrix, vec to[side_of(M)][side_of(M)]) {
  constexpr int T = points_of(M);
  vec all[T][T];
#pragma GCC unroll 6
  for (int u = 0; u < T; u++)
#pragma GCC unroll 6
    for (int v = 0; v < T; v++) all[u][v] = load(products + (u * T + v) * matrix);
  transform_square<T, side_of(M), output_transform<M>>(all, to);
}

// A kernel's window, a vector of lanes, for each of the matrices, `step` numbers apart.
template <int M>
inline void transform_kernel(const vec kernel[window_of(M)][window_of(M)], float* to, int64_t step, int lanes) {
  constexpr int T = points_of(M);
  vec all[T][T];
  transform_square<window_of(M), T, kernel_transform<M>>(kernel, all);
  for (int u = 0; u < T; u++)
    for (int v = 0; v < T; v++) store_part(to + (u * T + v) * step, all[u][v], lanes);
}

// The filters [from, to) of one panel, forward: matrices [channels, lanes].
template <int M>
inline void winograd_pack(const ConvolutionGeometry& g, const float* kernels, float* panels, int from, int to) {
  constexpr int K = window_of(M);
  for (int first = from; first < to;) {
    const int in_vector = W - first % W, count = to - first < in_vector ? to - first : in_vector;
    const int64_t lanes = panel_lanes(first, g.filters_padded);
    float* panel = panels + panel_start(first, tile_rows(M, g.channels)) + first % PANEL;
    for (int c = 0; c < g.channels; c++) {
      float numbers[K * K][W] = {};
      for (int f = 0; f < count; f++)
        for (int k = 0; k < K * K; k++) numbers[k][f] = kernels[(first + f) * g.rows + k * g.channels + c];
      vec kernel[K][K];
      for (int k = 0; k < K * K; k++) kernel[k / K][k % K] = load(numbers[k]);
      transform_kernel<M>(kernel, panel + c * lanes, matrix_rows(g.channels) * lanes, count);
    }
    first += count;
  }
}

// One filter, turned around, for the gradient of the input: matrices [filters, lanes] of a panel of channels.
template <int M>
inline void winograd_pack_turned(const ConvolutionGeometry& g, const float* kernel, float* panels, int filter) {
  constexpr int K = window_of(M);
  for_vectors(g.channels, [&](int64_t c, int here) {
    vec turned[K][K];
    for (int k = 0; k < K * K; k++) turned[k / K][k % K] = load_part(kernel + (K * K - 1 - k) * g.channels + c, here);
    const int64_t lanes = panel_lanes(c, g.channels_padded);
    float* panel = panels + panel_start(c, tile_rows(M, g.filters_padded)) + c % PANEL;
    transform_kernel<M>(turned, panel + filter * lanes, matrix_rows(g.filters_padded) * lanes, here);
  });
}

// How many tiles are transformed at a time: enough to serve a panel well, few enough to stay in the second cache.
constexpr int FEW_TILES = 16;

// visit(first, end) over the rows of tiles from `row` to `last`, some at a time.
template <int M, typename Visit>
inline void for_tile_rows_of(const Tiles<M>& tiles, int row, int last, Visit visit) {
  const int at_once = tiles.across >= FEW_TILES ? 1 : FEW_TILES / tiles.across;
  for (; row < last; row += at_once) visit(row, row + at_once < last ? row + at_once : last);
}

// visit(first, end) over the rows of tiles of a shard's images, some at a time. `alone`: never of two images.
template <int M, typename Visit>
inline void for_tile_rows(const Tiles<M>& tiles, int images, bool alone, Visit visit) {
  for (int image = 0; image < images; image += alone ? 1 : images)
    for_tile_rows_of(tiles, image * tiles.down, (alone ? image + 1 : images) * tiles.down, visit);
}

template <int M>
inline int64_t most_tiles(const Tiles<M>& tiles) {
  return int64_t{tiles.across} * (tiles.across >= FEW_TILES ? 1 : FEW_TILES / tiles.across);
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

// Winograd's F(M x M, 3 x 3): M x M outputs of a 3 x 3 window for (M + 2) x (M + 2) products instead of 9 M x M (Lavin and Gray, 2015).
//
//     outputs = Aᵀ [ Σ_c (G kernel Gᵀ) * (Bᵀ input B) ] A        * element by element
//
// M = 4 uses the points 0, ±5/8, ±3/2 and infinity: the usual 0, ±1, ±2 have a larger error (decision 42).
// M = 2 uses 0, ±1 and infinity.
//
// The transformed kernels are packed after each update: PRODUCTS matrices [channels, filters] a panel. Some rows of tiles at a
// time, of one image or several, are transformed; each of the matrices is then one multiplication of tiles times panel, and the
// tiles of products become outputs in registers. Tiles read zeros outside of the image: there is no copy with a padding.
#pragma once

#include "epilogue.h"

namespace heddle {
namespace HEDDLE_ISA {

template <int M>
constexpr int PRODUCTS = (M + 2) * (M + 2);

// The squares of the points of M = 4.
constexpr float NEAR = 0.625f, FAR = 1.5f, NEAR2 = NEAR * NEAR, FAR2 = FAR * FAR;

// Bᵀ of a column.
template <int M>
inline void input_transform(const vec* d, vec* to) {
  if constexpr (M == 2) {
    to[0] = d[0] - d[2];
    to[1] = d[1] + d[2];
    to[2] = d[2] - d[1];
    to[3] = d[1] - d[3];
  } else {
    const vec near = splat(NEAR2), far = splat(FAR2), both = splat(NEAR2 + FAR2), product = splat(NEAR2 * FAR2);
    const vec even_near = d[4] - far * d[2], odd_near = (d[3] - far * d[1]) * splat(NEAR);
    const vec even_far = d[4] - near * d[2], odd_far = (d[3] - near * d[1]) * splat(FAR);
    to[0] = d[4] - both * d[2] + product * d[0];
    to[1] = even_near + odd_near;
    to[2] = even_near - odd_near;
    to[3] = even_far + odd_far;
    to[4] = even_far - odd_far;
    to[5] = d[5] - both * d[3] + product * d[1];
  }
}

// G of a column of a kernel.
template <int M>
inline void kernel_transform(const vec* g, vec* to) {
  if constexpr (M == 2) {
    const vec half = splat(0.5f), outer = (g[0] + g[2]) * half, inner = g[1] * half;
    to[0] = g[0];
    to[1] = outer + inner;
    to[2] = outer - inner;
    to[3] = g[2];
  } else {
    constexpr float near = 1 / (2 * NEAR2 * (NEAR2 - FAR2)), far = 1 / (2 * FAR2 * (FAR2 - NEAR2));
    const vec even_near = (g[0] + splat(NEAR2) * g[2]) * splat(near), odd_near = g[1] * splat(NEAR * near);
    const vec even_far = (g[0] + splat(FAR2) * g[2]) * splat(far), odd_far = g[1] * splat(FAR * far);
    to[0] = g[0] * splat(1 / (NEAR2 * FAR2));
    to[1] = even_near + odd_near;
    to[2] = even_near - odd_near;
    to[3] = even_far + odd_far;
    to[4] = even_far - odd_far;
    to[5] = g[2];
  }
}

// Aᵀ of a column of products.
template <int M>
inline void output_transform(const vec* m, vec* to) {
  const vec even = m[1] + m[2], odd = m[1] - m[2];
  if constexpr (M == 2) {
    to[0] = m[0] + even;
    to[1] = odd - m[3];
  } else {
    const vec even_far = m[3] + m[4], odd_far = m[3] - m[4];
    to[0] = m[0] + even + even_far;
    to[1] = splat(NEAR) * odd + splat(FAR) * odd_far;
    to[2] = splat(NEAR2) * even + splat(FAR2) * even_far;
    to[3] = splat(NEAR * NEAR2) * odd + splat(FAR * FAR2) * odd_far + m[5];
  }
}

// A of a column of gradients of outputs: the adjoint of `output_transform`.
template <int M>
inline void gradient_transform(const vec* d, vec* to) {
  if constexpr (M == 2) {
    to[0] = d[0];
    to[1] = d[0] + d[1];
    to[2] = d[0] - d[1];
    to[3] = -d[1];
  } else {
    const vec even_near = d[0] + splat(NEAR2) * d[2], odd_near = (d[1] + splat(NEAR2) * d[3]) * splat(NEAR);
    const vec even_far = d[0] + splat(FAR2) * d[2], odd_far = (d[1] + splat(FAR2) * d[3]) * splat(FAR);
    to[0] = d[0];
    to[1] = even_near + odd_near;
    to[2] = even_near - odd_near;
    to[3] = even_far + odd_far;
    to[4] = even_far - odd_far;
    to[5] = d[3];
  }
}

// Gᵀ of a column of sums: the adjoint of `kernel_transform`.
template <int M>
inline void sums_transform(const vec* m, vec* to) {
  if constexpr (M == 2) {
    const vec half = splat(0.5f), even = (m[1] + m[2]) * half;
    to[0] = m[0] + even;
    to[1] = (m[1] - m[2]) * half;
    to[2] = even + m[3];
  } else {
    constexpr float near = 1 / (2 * NEAR2 * (NEAR2 - FAR2)), far = 1 / (2 * FAR2 * (FAR2 - NEAR2));
    const vec even_near = (m[1] + m[2]) * splat(near), odd_near = (m[1] - m[2]) * splat(near * NEAR);
    const vec even_far = (m[3] + m[4]) * splat(far), odd_far = (m[3] - m[4]) * splat(far * FAR);
    to[0] = m[0] * splat(1 / (NEAR2 * FAR2)) + even_near + even_far;
    to[1] = odd_near + odd_far;
    to[2] = splat(NEAR2) * even_near + splat(FAR2) * even_far + m[5];
  }
}

using Transform = void (*)(const vec*, vec*);

// A transform of columns, then of rows: FROM x FROM numbers to TO x TO.
template <int FROM, int TO, Transform transform>
inline void transform_square(const vec from[FROM][FROM], vec to[TO][TO]) {
  vec half[FROM][TO];
#pragma GCC unroll 6
  for (int v = 0; v < FROM; v++) {
    vec column[FROM];
#pragma GCC unroll 6
    for (int u = 0; u < FROM; u++) column[u] = from[u][v];
    transform(column, half[v]);
  }
#pragma GCC unroll 6
  for (int u = 0; u < TO; u++) {
    vec row[FROM];
#pragma GCC unroll 6
    for (int v = 0; v < FROM; v++) row[v] = half[v][u];
    transform(row, to[u]);
  }
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

// Tiles of M x M outputs that cover an image, and the matrices of their transforms: [PRODUCTS, tiles, channels].
template <int M>
struct Tiles {
  int down, across;

  Tiles(int height, int width) : down((height + M - 1) / M), across((width + M - 1) / M) {}
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
  constexpr int T = M + 2;
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

// The matrices times one panel of up to PANEL lanes: products [PRODUCTS, tiles, PANEL].
template <int M>
inline void multiply_tiles(const float* tiles, int64_t matrix, int count, int channels, const float* panel, int64_t width,
                           float* products) {
  const Taps taps{1, 1, channels, 0, 0};
  for (int k = 0; k < PRODUCTS<M>; k++) {
    const float* row = tiles + k * matrix;
    const auto next_row = [&] {
      const float* at = row;
      row += channels;
      return at;
    };
    float* to = products + k * Tiles<M>::matrix(count, PANEL);
    multiply(count, next_row, taps, panel + k * matrix_rows(channels) * width, width, static_cast<int>(width), to, PANEL);
  }
}

// One tile of products, a vector of lanes, as outputs.
template <int M>
inline void outputs_of(const float* products, int64_t matrix, vec to[M][M]) {
  constexpr int T = M + 2;
  vec all[T][T];
#pragma GCC unroll 6
  for (int u = 0; u < T; u++)
#pragma GCC unroll 6
    for (int v = 0; v < T; v++) all[u][v] = load(products + (u * T + v) * matrix);
  transform_square<T, M, output_transform<M>>(all, to);
}

// A kernel's nine numbers, a vector of lanes, for each of the matrices, `step` numbers apart.
template <int M>
inline void transform_kernel(const vec kernel[3][3], float* to, int64_t step, int lanes) {
  constexpr int T = M + 2;
  vec all[T][T];
  transform_square<3, T, kernel_transform<M>>(kernel, all);
  for (int u = 0; u < T; u++)
    for (int v = 0; v < T; v++) store_part(to + (u * T + v) * step, all[u][v], lanes);
}

// The filters [from, to) of one panel, forward: matrices [channels, lanes].
template <int M>
inline void winograd_pack(const ConvolutionGeometry& g, const float* kernels, float* panels, int from, int to) {
  for (int first = from; first < to;) {
    const int in_vector = W - first % W, count = to - first < in_vector ? to - first : in_vector;
    const int64_t lanes = panel_lanes(first, g.filters_padded);
    float* panel = panels + panel_start(first, tile_rows(M, g.channels)) + first % PANEL;
    for (int c = 0; c < g.channels; c++) {
      float numbers[9][W] = {};
      for (int f = 0; f < count; f++)
        for (int k = 0; k < 9; k++) numbers[k][f] = kernels[(first + f) * g.rows + k * g.channels + c];
      vec kernel[3][3];
      for (int k = 0; k < 9; k++) kernel[k / 3][k % 3] = load(numbers[k]);
      transform_kernel<M>(kernel, panel + c * lanes, matrix_rows(g.channels) * lanes, count);
    }
    first += count;
  }
}

// One filter, turned around, for the gradient of the input: matrices [filters, lanes] of a panel of channels.
template <int M>
inline void winograd_pack_turned(const ConvolutionGeometry& g, const float* kernel, float* panels, int filter) {
  for_vectors(g.channels, [&](int64_t c, int here) {
    vec turned[3][3];
    for (int k = 0; k < 9; k++) turned[k / 3][k % 3] = load_part(kernel + (8 - k) * g.channels + c, here);
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

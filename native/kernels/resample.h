// Bilinear resampling of one image. The twin of src/ops/resample.ts, without a branch for where a pixel lies: the image
// comes with a border of the fill value, and coordinates are brought into it.
#pragma once

#include <algorithm>

#include "../simd.h"
#include "kernels.h"

namespace heddle {
namespace HEDDLE_ISA {

// A register of doubles: float32 would lose the places of pixels in large images.
constexpr int D = W / 2;
typedef double dvec __attribute__((vector_size(D * sizeof(double))));
typedef float dfloats __attribute__((vector_size(D * sizeof(float))));
typedef int32_t dints __attribute__((vector_size(D * sizeof(int32_t))));

inline dvec splat_double(double x) { return x - dvec{}; }
inline dvec limit(dvec x, double low, double high) {
  const dvec a = splat_double(low), b = splat_double(high), least = x < a ? a : x;
  return least > b ? b : least;
}
inline dvec whole_of(dvec x) { return __builtin_convertvector(__builtin_convertvector(x, dints), dvec); }

// A coordinate in the image and its border: see `inside` in native/augment.cc.
template <FillMode mode>
inline dvec brought_inside(dvec x, double length) {
  if (mode == FillMode::constant) return limit(x, -1, length);
  if (mode == FillMode::reflect) {
    // Whole periods are taken off; what is further away than 32 bits count comes only from a hostile request. A period too
    // many or too few, by rounding, ends at the same border.
    const double period = 2 * length;
    const dvec periods = limit(x * splat_double(1 / period), -1e9, 1e9), whole = whole_of(periods);
    const dvec below = periods < whole ? whole - splat_double(1) : whole;
    const dvec rest = x - splat_double(period) * below;
    x = rest >= splat_double(length) ? splat_double(period - 1) - rest : rest;
  }
  return limit(x, 0, length - 1);
}

template <FillMode mode>
inline void resample_mode(const float* __restrict bordered, float* __restrict to, const Image& image,
                          const Affine& t) {
  constexpr int PART = 32;  // columns whose places are computed before pixels are read
  int32_t at[PART];
  float right[PART], down[PART], blended[PART];
  const int channels = image.channels, stride = (image.width + BORDER) * channels;
  dvec lane;
  for (int i = 0; i < D; i++) lane[i] = i;
  for (int row = 0; row < image.height; row++) {
    const dvec start_x = splat_double(t.b * row + t.c), start_y = splat_double(t.e * row + t.f);
    for (int first = 0; first < image.width; first += PART) {
      const int count = std::min(PART, image.width - first);
      // Places behind the last column are brought inside too, and not read.
      for (int i = 0; i < count; i += D) {
        const dvec column = lane + splat_double(first + i);
        // Shifted by the border's first pixel: nothing is negative.
        const dvec x = brought_inside<mode>(splat_double(t.a) * column + start_x, image.width) + splat_double(1);
        const dvec y = brought_inside<mode>(splat_double(t.d) * column + start_y, image.height) + splat_double(1);
        const dints left = __builtin_convertvector(x, dints), top = __builtin_convertvector(y, dints);
        const dints place = top * stride + left * channels;
        const dvec rest_x = x - __builtin_convertvector(left, dvec), rest_y = y - __builtin_convertvector(top, dvec);
        std::memcpy(at + i, &place, sizeof place);
        const dfloats to_right = __builtin_convertvector(rest_x, dfloats), to_below = __builtin_convertvector(rest_y, dfloats);
        std::memcpy(right + i, &to_right, sizeof to_right);
        std::memcpy(down + i, &to_below, sizeof to_below);
      }
      for (int k = 0; k < channels; k++) {
        const float* corner = bordered + k;
        for (int i = 0; i < count; i++) {
          const float p = corner[at[i]], q = corner[at[i] + channels];
          const float r = corner[at[i] + stride], s = corner[at[i] + stride + channels];
          const float above = p + right[i] * (q - p), below = r + right[i] * (s - r);
          blended[i] = above + down[i] * (below - above);
        }
        for (int i = 0; i < count; i++) to[i * channels + k] = blended[i];
      }
      to += count * channels;
    }
  }
}

inline void resample(const float* bordered, float* to, const Image& image, const Affine& t, FillMode mode) {
  if (mode == FillMode::constant) return resample_mode<FillMode::constant>(bordered, to, image, t);
  if (mode == FillMode::nearest) return resample_mode<FillMode::nearest>(bordered, to, image, t);
  resample_mode<FillMode::reflect>(bordered, to, image, t);
}

}  // namespace HEDDLE_ISA
}  // namespace heddle

// Bilinear resampling of one image. The twin of src/ops/resample.ts, without a branch for where a pixel lies: the image
// comes with a border of the fill value, and coordinates are brought into it.
#pragma once

#include <algorithm>

#include "kernels.h"

namespace heddle {
namespace HEDDLE_ISA {

// A whole number of at most x, as arithmetic that becomes vectors.
inline double floor_of(double x) {
  // What is further away than 32 bits count comes only from a hostile request, and is clamped like everything else.
  const double whole = static_cast<double>(static_cast<int32_t>(std::min(std::max(x, -2e9), 2e9)));
  return whole - (x < whole ? 1. : 0.);
}

// x in columns that the image with its border has: see `inside` in native/augment.cc.
template <FillMode mode>
inline double brought_inside(double x, double length) {
  if (mode == FillMode::reflect) {
    // A whole period too many or too few by rounding ends at the same border.
    const double period = 2 * length, rest = x - period * floor_of(x * (0.5 / length));
    x = rest >= length ? period - rest - 1 : rest;
  }
  const double low = mode == FillMode::constant ? -1 : 0, high = mode == FillMode::constant ? length : length - 1;
  return std::min(std::max(x, low), high);
}

template <FillMode mode>
inline void resample_mode(const float* __restrict bordered, float* __restrict to, const Image& image, const Affine& t) {
  constexpr int PART = 32;  // columns whose places are computed before pixels are read
  int32_t at[PART];
  float right[PART], down[PART], blended[PART];
  const int channels = image.channels, stride = (image.width + BORDER) * channels;
  for (int row = 0; row < image.height; row++) {
    const double start_x = t.b * row + t.c, start_y = t.e * row + t.f;
    for (int first = 0; first < image.width; first += PART) {
      const int count = std::min(PART, image.width - first);
      for (int i = 0; i < count; i++) {
        const double column = first + i;
        // Shifted by the border's first pixel: nothing is negative.
        const double x = brought_inside<mode>(t.a * column + start_x, image.width) + 1;
        const double y = brought_inside<mode>(t.d * column + start_y, image.height) + 1;
        const int32_t left = static_cast<int32_t>(x), top = static_cast<int32_t>(y);
        right[i] = static_cast<float>(x - left);
        down[i] = static_cast<float>(y - top);
        at[i] = top * stride + left * channels;
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

// How an image of a batch is mixed with another one: the twin of src/ops/mix.ts, which draws the numbers.
#pragma once

#include <cstdint>

#include "program.h"

namespace heddle {

constexpr int MIX_NUMBERS = 6;

// A row of the numbers that a request carries, one for each image. Outside of the box an image stays as it is.
struct Mix {
  explicit Mix(const double* n) : partner(static_cast<int>(n[0])), share(n[1]), top(static_cast<int>(n[2])),
                                  bottom(static_cast<int>(n[3])), left(static_cast<int>(n[4])),
                                  right(static_cast<int>(n[5])) {}

  int partner;   // its place in the batch; -1: the image stays as it is
  double share;  // of the image itself, within the box
  int top, bottom, left, right;

  // The share of the image in its mixture.
  double kept(const Image& image) const {
    const double area = static_cast<double>(bottom - top) * (right - left);
    return 1 - (1 - share) * area / (static_cast<double>(image.height) * image.width);
  }

  void apply(float* pixels, const float* other, const Image& image) const {
    for (int row = top; row < bottom; row++) {
      const int64_t first = int64_t{row} * image.width, end = (first + right) * image.channels;
      for (int64_t i = (first + left) * image.channels; i < end; i++)
        pixels[i] = static_cast<float>(share * pixels[i] + (1 - share) * other[i]);
    }
  }
};

// Whether a row fits a batch of `batch` images.
inline bool fits(const double* n, int64_t batch, const Image& image) {
  const auto whole = [&](int i, double low, double high) { return n[i] >= low && n[i] <= high && n[i] == static_cast<int>(n[i]); };
  return whole(0, -1, static_cast<double>(batch - 1)) && n[1] >= 0 && n[1] <= 1 && whole(2, 0, image.height) &&
         whole(3, n[2], image.height) && whole(4, 0, image.width) && whole(5, n[4], image.width);
}

}  // namespace heddle

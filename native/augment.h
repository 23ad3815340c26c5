// Changes images on their way into a training step: the twin of src/ops/augment.ts. Decoded from the numbers that
// src/engine/backends/native/encode-augment.ts writes; nothing in them is believed before it is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "program.h"

namespace heddle {

enum class AugmentKind : int32_t {
  flip,
  rotation,
  translation,
  zoom,
  crop,
  erasing,
  cutout,
  brightness,
  contrast,
  count
};

enum class FillMode : int32_t { constant, nearest, reflect, count };

struct Fill {
  bool given = false;
  FillMode mode = FillMode::nearest;
  bool bilinear = false;
  double value = 0;

  bool same(const Fill& other) const {
    return mode == other.mode && bilinear == other.bilinear && value == other.value;
  }
};

struct AugmentOp {
  AugmentKind kind = AugmentKind::flip;
  double probability = 0;
  Fill fill;
  double n[5] = {};
  uint32_t key[2] = {};  // of this op's place in the list

  bool geometric() const { return kind <= AugmentKind::crop; }
};

// Where an output pixel comes from: x' = a x + b y + c, y' = d x + e y + f.
struct Affine {
  double a = 1, b = 0, c = 0, d = 0, e = 1, f = 0;

  Affine then(const Affine& t) const {
    return {a * t.a + b * t.d, a * t.b + b * t.e, a * t.c + b * t.f + c,
            d * t.a + e * t.d, d * t.b + e * t.e, d * t.c + e * t.f + f};
  }
};

// Pixels around an image before it is resampled, on both sides together: one before it, two behind.
constexpr int BORDER = 3;

struct Kernels;

class Augmentation {
 public:
  // Throws std::runtime_error where the numbers contradict themselves or images have another size.
  static Augmentation decode(const double* numbers, size_t count, int64_t image_size);

  // Changes `count` images in place; the first one is number `first` of the batch of the run's step `step`.
  void apply(float* images, int count, int64_t first, int64_t step, const Kernels& kernels) const;

  const Image& image() const { return image_; }

 private:
  void apply_one(float* image, uint32_t position, uint32_t step, const Kernels& kernels, float* bordered) const;
  void resample(float* image, const Affine& transform, const Fill& fill, const Kernels& kernels, float* bordered) const;

  Image image_;
  double white_ = 1;
  uint32_t first_step_ = 0;
  std::vector<AugmentOp> ops_;
};

}  // namespace heddle

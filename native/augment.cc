#include "augment.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "kernels/kernels.h"

namespace heddle {
namespace {

// With more ops a composed map could lead further than 64 bits count: a crop magnifies three times at most.
constexpr int MAX_OPS = 16;
constexpr int64_t MAX_AXIS = 1 << 20;
constexpr double PI = 3.14159265358979323846;

struct Words {
  uint32_t a, b;
};

// Threefry-2x32, 20 rounds: see src/base/random.ts.
Words threefry(const uint32_t key[2], uint32_t a, uint32_t b) {
  const uint32_t schedule[3] = {key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bdau};
  const int rotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  a += key[0];
  b += key[1];
  for (int round = 0; round < 20; round++) {
    const int r = rotations[round % 8];
    a += b;
    b = (b << r) | (b >> (32 - r));
    b ^= a;
    if (round % 4 == 3) {
      const int i = (round + 1) / 4;
      a += schedule[i % 3];
      b += schedule[(i + 1) % 3] + static_cast<uint32_t>(i);
    }
  }
  return {a, b};
}

constexpr double TWO_32 = 4294967296.0;

// The random numbers that one op draws for one image, by their place.
class Draws {
 public:
  Draws(const uint32_t key[2], uint32_t position, uint32_t step) : key_(key), position_(position), step_(step) {}

  double at(uint32_t place) const {
    const Words words = threefry(key_, position_ * 4 + (place >> 1), step_);
    return (place & 1 ? words.b : words.a) / TWO_32;
  }
  double between(double low, double high, uint32_t place) const { return low + (high - low) * at(place); }
  bool happens(double probability) const { return at(0) < probability; }
  Words noise_key() const { return threefry(key_, 0xffffffffu, step_); }
  uint32_t position() const { return position_; }

 private:
  const uint32_t* key_;
  uint32_t position_, step_;
};

// Normal numbers for pixels one after the other: two come from each counter.
class Normals {
 public:
  explicit Normals(const Draws& random) : position_(random.position()) {
    const Words key = random.noise_key();
    key_[0] = key.a;
    key_[1] = key.b;
  }

  double at(uint32_t pixel) {
    if (!known_ || pair_ != pixel >> 1) {
      pair_ = pixel >> 1;
      known_ = true;
      const Words words = threefry(key_, pair_, position_);
      radius_ = std::sqrt(-2 * std::log((words.a + 1.0) / TWO_32));
      angle_ = 2 * PI * words.b / TWO_32;
    }
    return radius_ * (pixel & 1 ? std::sin(angle_) : std::cos(angle_));
  }

 private:
  uint32_t key_[2], position_, pair_ = 0;
  bool known_ = false;
  double radius_ = 0, angle_ = 0;
};

// False where the image stays as it is.
bool transform_of(const AugmentOp& op, const Draws& random, const Image& image, Affine& to) {
  const double* n = op.n;
  const double width = image.width, height = image.height;
  if (op.kind == AugmentKind::flip) {
    const bool horizontal = n[0] == 1 && random.at(0) < op.probability;
    const bool vertical = n[1] == 1 && random.at(1) < op.probability;
    to = {horizontal ? -1. : 1., 0, horizontal ? width - 1 : 0, 0, vertical ? -1. : 1., vertical ? height - 1 : 0};
    return horizontal || vertical;
  }
  if (!random.happens(op.probability)) return false;
  switch (op.kind) {
    case AugmentKind::rotation: {
      const double angle = 2 * PI * random.between(n[0], n[1], 1), cos = std::cos(angle), sin = std::sin(angle);
      const double x = (width - 1) / 2, y = (height - 1) / 2;
      to = {cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos};
      return true;
    }
    case AugmentKind::translation:
      to = {1, 0, -width * random.between(n[2], n[3], 2), 0, 1, -height * random.between(n[0], n[1], 1)};
      return true;
    case AugmentKind::zoom: {
      const double y = 1 + random.between(n[0], n[1], 1);
      const double x = n[4] == 1 ? y : 1 + random.between(n[2], n[3], 2);
      to = {x, 0, (width - 1) / 2 * (1 - x), 0, y, (height - 1) / 2 * (1 - y)};
      return true;
    }
    case AugmentKind::crop: {
      const double top = std::floor(random.at(1) * (height + 2 * n[0] - n[2] + 1)) - n[0];
      const double left = std::floor(random.at(2) * (width + 2 * n[1] - n[3] + 1)) - n[1];
      const double y = n[2] / height, x = n[3] / width;
      to = {x, 0, left + (x - 1) / 2, 0, y, top + (y - 1) / 2};
      return true;
    }
    default: return false;
  }
}

// A coordinate in the image and its border, which starts at -1 and ends at `length` (`length` + 1 is read with weight 0).
double inside(double x, int length, FillMode mode) {
  if (mode == FillMode::constant) return std::min(std::max(x, -1.), static_cast<double>(length));
  if (mode == FillMode::reflect) {
    const double period = 2. * length, rest = x - period * std::floor(x / period);
    x = rest >= length ? period - rest - 1 : rest;
  }
  return std::min(std::max(x, 0.), length - 1.);
}

// Halves go away from zero; x + 0.5 would round up what lies just below a half.
int round_of(double x) {
  const int whole = static_cast<int>(x);
  const double rest = x - whole;
  return whole + (rest >= 0.5) - (rest <= -0.5);
}

bool is_whole(double x) { return x == std::floor(x); }

// A flip or a shift by whole pixels.
bool copies(const Affine& t) {
  return t.b == 0 && t.d == 0 && std::fabs(t.a) == 1 && std::fabs(t.e) == 1 && is_whole(t.c) && is_whole(t.f);
}

// The nearest pixels.
void pick(const float* bordered, float* to, const Image& image, const Affine& t, FillMode mode) {
  const int64_t channels = image.channels, stride = (image.width + BORDER) * channels;
  const auto column_of = [&](int row, int column) {
    return (round_of(inside(t.a * column + (t.b * row + t.c), image.width, mode)) + 1) * channels;
  };
  const auto row_of = [&](int row, int column) {
    return (round_of(inside(t.d * column + (t.e * row + t.f), image.height, mode)) + 1) * stride;
  };
  const bool upright = t.b == 0 && t.d == 0;
  std::vector<int64_t> columns(upright ? image.width : 0);
  for (size_t i = 0; i < columns.size(); i++) columns[i] = column_of(0, static_cast<int>(i));
  for (int row = 0; row < image.height; row++) {
    const float* line = bordered + row_of(row, 0);
    for (int column = 0; column < image.width; column++, to += channels) {
      const float* from = upright ? line + columns[column] : bordered + row_of(row, column) + column_of(row, column);
      to[0] = from[0];
      for (int64_t k = 1; k < channels; k++) to[k] = from[k];
    }
  }
}

float clip(double x, double white) { return static_cast<float>(std::min(std::max(x, 0.), white)); }

// Rows or columns from `from` until before `to`, within an image's side.
struct Span {
  Span(double low, double high, int side)
      : from(std::max(0, static_cast<int>(std::ceil(low)))), to(std::min(side, static_cast<int>(std::ceil(high)))) {}
  int from, to;
};

template <typename Value>
void fill_box(float* pixels, const Image& image, Span y, Span x, Value value_at) {
  for (int row = y.from; row < y.to; row++) {
    const int64_t first = int64_t{row} * image.width;
    const int64_t end = (first + x.to) * image.channels;
    for (int64_t i = (first + x.from) * image.channels; i < end; i++) pixels[i] = value_at(i);
  }
}

void recolour(float* pixels, const AugmentOp& op, const Draws& random, const Image& image, double white) {
  const double* n = op.n;
  const int64_t size = image.size();
  const float value = static_cast<float>(op.fill.value * white);
  const auto constant = [&](int64_t) { return value; };
  switch (op.kind) {
    case AugmentKind::erasing: {
      if (random.at(2) >= random.between(n[0], n[1], 1)) return;
      const double h = image.height * std::sqrt(random.between(n[2], n[3], 4));
      const double w = image.width * std::sqrt(random.between(n[2], n[3], 3));
      const double y = random.at(6) * (image.height - h), x = random.at(5) * (image.width - w);
      const Span rows(y, y + h, image.height), columns(x, x + w, image.width);
      if (n[4] == 0) return fill_box(pixels, image, rows, columns, constant);
      Normals normals(random);
      return fill_box(pixels, image, rows, columns,
                      [&](int64_t i) { return clip(normals.at(static_cast<uint32_t>(i)) * white, white); });
    }
    case AugmentKind::cutout: {
      const double top = std::floor(random.at(1) * image.height) - std::floor(n[0] / 2);
      const double left = std::floor(random.at(2) * image.width) - std::floor(n[1] / 2);
      return fill_box(pixels, image, Span(top, top + n[0], image.height), Span(left, left + n[1], image.width),
                      constant);
    }
    case AugmentKind::brightness: {
      const float change = static_cast<float>(random.between(n[0], n[1], 1) * white), most = static_cast<float>(white);
      for (int64_t i = 0; i < size; i++) pixels[i] = std::min(std::max(pixels[i] + change, 0.f), most);
      return;
    }
    case AugmentKind::contrast: {
      const float factor = static_cast<float>(random.between(n[0], n[1], 1)), most = static_cast<float>(white);
      for (int k = 0; k < image.channels; k++) {
        double sum = 0;
        for (int64_t i = k; i < size; i += image.channels) sum += pixels[i];
        const float mean = static_cast<float>(sum / (size / image.channels));
        for (int64_t i = k; i < size; i += image.channels)
          pixels[i] = std::min(std::max((pixels[i] - mean) * factor + mean, 0.f), most);
      }
      return;
    }
    default: return;
  }
}

class Reader {
 public:
  Reader(const double* numbers, size_t count) : at_(numbers), end_(numbers + count) {}

  void require(bool holds, const char* reason) const {
    if (!holds) throw std::runtime_error(std::string("The native engine refused an augmentation: ") + reason + ".");
  }
  double between(double low, double high) {
    require(at_ < end_, "it ends too early");
    const double value = *at_++;
    require(value >= low && value <= high, "a number is out of range");
    return value;
  }
  int64_t whole(int64_t low, int64_t high) {
    const double value = between(static_cast<double>(low), static_cast<double>(high));
    require(value == std::floor(value), "a number is not whole");
    return static_cast<int64_t>(value);
  }
  uint32_t word() { return static_cast<uint32_t>(whole(0, 0xffffffff)); }
  int axis() { return static_cast<int>(whole(1, MAX_AXIS)); }
  template <typename Enum>
  Enum choice() {
    return static_cast<Enum>(whole(0, static_cast<int64_t>(Enum::count) - 1));
  }
  bool at_end() const { return at_ == end_; }

 private:
  const double* at_;
  const double* end_;
};

// The numbers of an op, as src/ops/augment.ts lists them; those that a kind has not are 0.
void decode_numbers(Reader& read, AugmentOp& op, const Image& image) {
  int used = 0;
  const auto real = [&](double low, double high) { op.n[used++] = read.between(low, high); };
  const auto whole = [&](int64_t low, int64_t high) { op.n[used++] = static_cast<double>(read.whole(low, high)); };
  switch (op.kind) {
    case AugmentKind::flip:
      for (int i = 0; i < 2; i++) whole(0, 1);
      break;
    case AugmentKind::rotation:
    case AugmentKind::brightness:
      for (int i = 0; i < 2; i++) real(-1, 1);
      break;
    case AugmentKind::translation:
      for (int i = 0; i < 4; i++) real(-1, 1);
      break;
    case AugmentKind::zoom:
      for (int i = 0; i < 4; i++) real(-1, 1);
      whole(0, 1);
      break;
    case AugmentKind::crop:
      whole(0, image.height - 1);
      whole(0, image.width - 1);
      whole(1, image.height + 2 * static_cast<int64_t>(op.n[0]));
      whole(1, image.width + 2 * static_cast<int64_t>(op.n[1]));
      break;
    case AugmentKind::erasing:
      for (int i = 0; i < 4; i++) real(0, 1);
      whole(0, 1);
      break;
    case AugmentKind::cutout:
      whole(1, image.height);
      whole(1, image.width);
      break;
    case AugmentKind::contrast:
      for (int i = 0; i < 2; i++) real(0, 2);
      break;
    case AugmentKind::count: break;
  }
  while (used < 5) whole(0, 0);
}

}  // namespace

Augmentation Augmentation::decode(const double* numbers, size_t count, int64_t image_size) {
  Reader read(numbers, count);
  Augmentation result;
  const uint32_t key[2] = {read.word(), read.word()};
  result.first_step_ = read.word();
  result.image_.height = read.axis();
  result.image_.width = read.axis();
  result.image_.channels = read.axis();
  // The product of three axes does not fit 64 bits only beyond what any image has.
  read.require(int64_t{result.image_.height} * result.image_.width <= image_size &&
                   result.image_.size() == image_size,
               "its images have another size");
  read.require(int64_t{result.image_.height + BORDER} * (result.image_.width + BORDER) < (1LL << 31) / result.image_.channels,
               "its images are too large");
  result.white_ = read.between(0, 1e6);
  const int64_t ops = read.whole(0, MAX_OPS);
  for (int64_t i = 0; i < ops; i++) {
    AugmentOp op;
    op.kind = read.choice<AugmentKind>();
    op.probability = read.between(0, 1);
    op.fill.given = read.whole(0, 1) == 1;
    op.fill.mode = read.choice<FillMode>();
    op.fill.value = read.between(0, 1);
    op.fill.bilinear = read.whole(0, 1) == 1;
    decode_numbers(read, op, result.image_);
    const Words words = threefry(key, static_cast<uint32_t>(i), 0);
    op.key[0] = words.a;
    op.key[1] = words.b;
    result.ops_.push_back(op);
  }
  read.require(read.at_end(), "there are words after its end");
  return result;
}

void Augmentation::apply(float* images, int count, int64_t first, int64_t step, const Kernels& kernels) const {
  const int64_t size = image_.size();
  std::vector<float> bordered(int64_t{image_.height + BORDER} * (image_.width + BORDER) * image_.channels);
  for (int i = 0; i < count; i++)
    apply_one(images + i * size, static_cast<uint32_t>(first + i), first_step_ + static_cast<uint32_t>(step), kernels,
              bordered.data());
}

void Augmentation::apply_one(float* image, uint32_t position, uint32_t step, const Kernels& kernels,
                             float* bordered) const {
  bool pending = false;
  Affine transform;
  Fill fill;
  const auto resample_pending = [&] {
    if (pending) resample(image, transform, fill, kernels, bordered);
    pending = false;
  };
  for (const AugmentOp& op : ops_) {
    const Draws random(op.key, position, step);
    if (!op.geometric()) {
      if (!random.happens(op.probability)) continue;
      resample_pending();
      recolour(image, op, random, image_, white_);
      continue;
    }
    Affine next;
    if (!transform_of(op, random, image_, next)) continue;
    if (pending && fill.given && op.fill.given && !fill.same(op.fill)) resample_pending();
    if (!pending) fill = Fill();
    transform = pending ? transform.then(next) : next;
    if (!fill.given) fill = op.fill;
    pending = true;
  }
  resample_pending();
}

void Augmentation::resample(float* image, const Affine& transform, const Fill& fill, const Kernels& kernels,
                            float* bordered) const {
  const int64_t width = int64_t{image_.width} * image_.channels, stride = width + BORDER * image_.channels;
  std::fill_n(bordered, (image_.height + BORDER) * stride, static_cast<float>(fill.value * white_));
  for (int row = 0; row < image_.height; row++)
    std::copy_n(image + row * width, width, bordered + (row + 1) * stride + image_.channels);
  // Ties of nearest pixels must fall alike on every instruction set, so they are no kernel.
  if (!fill.bilinear || copies(transform)) return pick(bordered, image, image_, transform, fill.mode);
  kernels.resample(bordered, image, image_, transform, fill.mode);
}

}  // namespace heddle

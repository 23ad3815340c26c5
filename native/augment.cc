#include "augment.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace heddle {
namespace {

// With more ops a composed map could lead further than 64 bits count: a crop magnifies three times at most.
constexpr int MAX_OPS = 16;
constexpr int64_t MAX_AXIS = 1 << 20;
constexpr double PI = 3.14159265358979323846;

struct Words {
  uint32_t a, b;
};

// Threefry-2x32, 20 rounds: see src/tensor/random.ts.
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
  double normal(uint32_t pixel) const {
    const Words key = threefry(key_, 0xffffffffu, step_);
    const uint32_t both[2] = {key.a, key.b};
    const Words words = threefry(both, pixel >> 1, position_);
    const double radius = std::sqrt(-2 * std::log((words.a + 1.0) / TWO_32));
    const double angle = 2 * PI * words.b / TWO_32;
    return radius * (pixel & 1 ? std::sin(angle) : std::cos(angle));
  }

 private:
  const uint32_t* key_;
  uint32_t position_, step_;
};

// x' = a x + b y + c, y' = d x + e y + f.
struct Affine {
  double a = 1, b = 0, c = 0, d = 0, e = 1, f = 0;

  Affine then(const Affine& t) const {
    return {a * t.a + b * t.d, a * t.b + b * t.e, a * t.c + b * t.f + c,
            d * t.a + e * t.d, d * t.b + e * t.e, d * t.c + e * t.f + f};
  }
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

double reflected(double coordinate, int length) {
  const double period = 2. * length;
  if (coordinate < 0) {
    const double near = coordinate + period * static_cast<double>(static_cast<int64_t>(-coordinate / period));
    return near < -length ? near + period : -near - 1;
  }
  const double near = coordinate - period * static_cast<double>(static_cast<int64_t>(coordinate / period));
  return near >= length ? period - near - 1 : near;
}

double inside(double coordinate, int length, FillMode mode) {
  // One pixel outside of a constant is as good as a thousand.
  if (mode == FillMode::constant) return std::min(std::max(coordinate, -2.), length + 1.);
  if (mode == FillMode::reflect) coordinate = reflected(coordinate, length);
  return std::min(std::max(coordinate, 0.), length - 1.);
}

// std::floor is a call where SSE2 is all there is.
int floor_of(double x) {
  const int whole = static_cast<int>(x);
  return whole - (x < whole);
}

// Halves go away from zero; x + 0.5 would round up what lies just below a half.
int round_of(double x) {
  const int whole = static_cast<int>(x);
  const double rest = x - whole;
  return whole + (rest >= 0.5) - (rest <= -0.5);
}

struct Source {
  const float* pixels;
  Image image;
  float outside;

  float read(int y, int x, int channel) const {
    const bool within = y >= 0 && y < image.height && x >= 0 && x < image.width;
    return within ? pixels[(int64_t{y} * image.width + x) * image.channels + channel] : outside;
  }
};

float blend(float a, float b, float c, float d, float right, float down) {
  return (1 - down) * ((1 - right) * a + right * b) + down * ((1 - right) * c + right * d);
}

void resample(const float* from, float* to, const Image& image, const Affine& t, const Fill& fill, double white) {
  const Source source{from, image, static_cast<float>(fill.value * white)};
  const int width = image.width, channels = image.channels;
  const int64_t stride = int64_t{width} * channels;
  for (int row = 0; row < image.height; row++) {
    const double start_x = t.b * row + t.c, start_y = t.e * row + t.f;
    for (int column = 0; column < width; column++, to += channels) {
      double x = t.a * column + start_x, y = t.d * column + start_y;
      const bool interior = x >= 0 && x < width - 1 && y >= 0 && y < image.height - 1;
      if (!interior) {
        x = inside(x, width, fill.mode);
        y = inside(y, image.height, fill.mode);
      }
      if (!fill.bilinear) {
        for (int k = 0; k < channels; k++) to[k] = source.read(round_of(y), round_of(x), k);
        continue;
      }
      const int top = floor_of(y), left = floor_of(x);
      const float right = static_cast<float>(x - left), down = static_cast<float>(y - top);
      if (interior) {
        const float* p = from + top * stride + int64_t{left} * channels;
        const float* q = p + stride;
        for (int k = 0; k < channels; k++) to[k] = blend(p[k], p[k + channels], q[k], q[k + channels], right, down);
      } else {
        for (int k = 0; k < channels; k++)
          to[k] = blend(source.read(top, left, k), source.read(top, left + 1, k), source.read(top + 1, left, k),
                        source.read(top + 1, left + 1, k), right, down);
      }
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
      if (n[4] == 1)
        fill_box(pixels, image, rows, columns,
                 [&](int64_t i) { return clip(random.normal(static_cast<uint32_t>(i)) * white, white); });
      else
        fill_box(pixels, image, rows, columns, constant);
      return;
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
  read.require(read.at_end(), "it goes on after its end");
  return result;
}

void Augmentation::apply(float* images, int count, int64_t first, int64_t step) const {
  const int64_t size = image_.size();
  std::vector<float> scratch(size);
  for (int i = 0; i < count; i++)
    apply_one(images + i * size, static_cast<uint32_t>(first + i), first_step_ + static_cast<uint32_t>(step),
              scratch.data());
}

void Augmentation::apply_one(float* image, uint32_t position, uint32_t step, float* scratch) const {
  bool pending = false;
  Affine transform;
  Fill fill;
  const auto resample_pending = [&] {
    if (!pending) return;
    std::copy_n(image, image_.size(), scratch);
    resample(scratch, image, image_, transform, fill, white_);
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
    if (!pending) {
      transform = Affine();
      fill = Fill();
    }
    transform = pending ? transform.then(next) : next;
    if (!fill.given && op.fill.given) fill = op.fill;
    pending = true;
  }
  resample_pending();
}

}  // namespace heddle

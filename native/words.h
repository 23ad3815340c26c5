// Reads the words of a program one by one; each is checked against its range before it is used.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

namespace heddle {

constexpr int64_t MAX_AXIS = 1 << 20;

[[noreturn]] inline void refuse(const std::string& reason) {
  throw std::runtime_error("The native engine refused a program: " + reason + ".");
}

inline void require(bool holds, const char* reason) {
  if (!holds) refuse(reason);
}

class Reader {
 public:
  Reader(const int32_t* words, size_t count) : at_(words), end_(words + count) {}

  int32_t word() {
    require(at_ < end_, "it ends too early");
    return *at_++;
  }
  int32_t between(int64_t low, int64_t high) {
    const int32_t value = word();
    require(value >= low && value <= high, "a number is out of range");
    return value;
  }
  int axis() { return between(1, MAX_AXIS); }
  bool flag() { return between(0, 1) == 1; }
  float weight() {
    const int32_t bits = word();
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  float real() {
    const float value = weight();
    require(std::isfinite(value), "a number is not finite");
    return value;
  }
  float share() {
    const float value = real();
    require(value >= 0 && value <= 1, "a share is outside [0, 1]");
    return value;
  }
  float positive() {
    const float value = real();
    require(value >= 0, "a number is negative");
    return value;
  }
  template <typename Enum>
  Enum choice() {
    return static_cast<Enum>(between(0, static_cast<int32_t>(Enum::count) - 1));
  }
  bool at_end() const { return at_ == end_; }

 private:
  const int32_t* at_;
  const int32_t* end_;
};

}  // namespace heddle

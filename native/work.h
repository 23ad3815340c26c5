// How long an op takes going forward, estimated from its shapes alone: so that who computes it depends on no clock.
#pragma once

#include "program.h"

namespace heddle {

// For one example, in multiply-adds out of registers; reading or writing a number counts as several of them.
inline int64_t work_of(const Op& op) {
  constexpr int64_t MOVE = 4;
  int64_t moved = op.output.size;
  for (const Operand& input : op.inputs) moved += input.size;
  if (op.kind == OpKind::dense) return MOVE * (moved + int64_t{op.units} * op.features);
  if (op.kind != OpKind::convolution) return MOVE * moved;
  // A depthwise convolution loads a number for each product.
  const int64_t price = op.groups == op.in.channels && op.groups > 1 ? MOVE : 1;
  return MOVE * (moved + op.units * op.kernel_row()) + price * op.out.size() * op.kernel_row();
}

}  // namespace heddle

#include "program.h"

#include "decode.h"

namespace heddle {
namespace {

constexpr int32_t MAGIC = 0x48444c43;  // "HDLC"

UpdateRule update_rule(Reader& read) {
  UpdateRule rule;
  rule.kind = read.choice<Update>();
  switch (rule.kind) {
    case Update::sgd:
      rule.momentum = read.share();
      rule.nesterov = read.flag();
      break;
    case Update::rmsprop:
      rule.rho_rest = read.share();
      rule.momentum = read.share();
      rule.epsilon = read.positive();
      rule.centered = read.flag();
      break;
    case Update::adagrad:
      rule.slot_start = read.positive();
      rule.epsilon = read.positive();
      break;
    case Update::adadelta:
      rule.rho_rest = read.share();
      rule.epsilon = read.positive();
      break;
    case Update::adam:
    case Update::nadam:
      rule.beta1_rest = read.share();
      rule.beta2_rest = read.share();
      rule.epsilon = read.positive();
      break;
    case Update::muon:
      rule.momentum = read.share();
      rule.nesterov = read.flag();
      rule.ns_steps = read.between(1, 100);
      rule.scaled = read.flag();
      rule.rms_rate = read.positive();
      rule.beta1_rest = read.share();
      rule.beta2_rest = read.share();
      rule.epsilon = read.positive();
      rule.weight_decay = read.positive();
      rule.adam_weight_decay = read.positive();
      break;
    case Update::none: return rule;
    case Update::count: break;
  }
  rule.clip = read.choice<Clip>();
  rule.clip_limit = read.positive();
  rule.averages = read.flag();
  return rule;
}

}  // namespace

Program Program::decode(const int32_t* words, size_t count) {
  Reader read(words, count);
  Program p;
  require(read.word() == MAGIC, "it is not a program of this version");
  p.batch_size = read.axis();
  p.shard_size = read.between(1, p.batch_size);
  p.parameter_floats = read.between(0, MAX_FLOATS - 1);
  p.learned_floats = read.between(0, static_cast<int32_t>(p.parameter_floats));
  p.arena_floats = read.between(0, MAX_FLOATS - 1);
  require(p.arena_floats * p.shards() <= MAX_FLOATS, "its memory exceeds 8 GiB; use a smaller batch");
  p.loss = read.choice<Loss>();
  p.head = read.choice<Head>();
  p.update = update_rule(read);
  OpDecoder ops(read, p);
  p.input = ops.operand();
  p.output = ops.operand();
  const int ops_count = read.between(0, 1 << 16);
  for (int i = 0; i < ops_count; i++) p.ops.push_back(ops.op());
  require(p.output.whole && p.input.holds(p.ops.empty() ? p.shard_size : p.ops[0].block), "a program has no place for its images");
  require(read.at_end(), "there are words after its end");
  return p;
}

}  // namespace heddle

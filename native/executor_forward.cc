// Programs that only go forward: a shard goes through some of its ops with a few images at a time, so that what lies between the ops stays
// in the cache; and a prediction for so few images that one shard holds them is shared among the threads, op by op.
#include <algorithm>
#include <cstring>

#include "denormals.h"
#include "executor.h"
#include "work.h"

namespace heddle {
namespace {

// Work, as work.h counts it, of about 50 µs, from which on several threads compute one shard; of about 4 µs, the least for a part; and of
// about a millisecond, for which a caller waits.
constexpr double WORTH_DIVIDING = 2e6, LEAST_PART = 1.5e5, SHORT = 5e7;

}  // namespace

// Values of a training wait for the way back, each shard's in an arena of its own; else a thread needs one for the shard that it computes.
int Executor::arenas() const {
  return program_.trains() ? program_.shards() : std::min(program_.shards(), pool_->threads());
}

float* Executor::arena_of(int shard, int thread) const {
  return arenas_.get() + (program_.shards() == arenas() ? shard : thread) * program_.arena_floats;
}

// Ops that follow each other and compute as many images at a time are done for these before the next ones.
std::vector<Executor::Piece> Executor::pieces_of(int count) const {
  const std::vector<Op>& ops = program_.ops;
  const int end = static_cast<int>(ops.size());
  std::vector<Piece> pieces;
  if (end == 0) pieces.push_back({LOAD, 0, count});
  for (int first = 0, last = 0; first < end; first = last) {
    const int block = ops[first].block;
    while (last < end && ops[last].block == block) last++;
    for (int from = 0; from < count; from += block)
      for (int i = first == 0 ? LOAD : first; i < last; i++) pieces.push_back({i, from, std::min(block, count - from)});
  }
  return pieces;
}

void Executor::run_piece(const Piece& piece, const Request& request, int64_t step, int shard, const Share& share) {
  const int64_t first = int64_t{shard} * program_.shard_size + piece.from;
  if (piece.op == LOAD)
    return load_images(request, step, first, piece.count, share.arena + program_.input.start(piece.from));
  Shard s = shard_of(piece.op, shard, share.thread, request, step);
  s.arena = share.arena;
  s.from = piece.from;
  s.first = first;
  s.count = piece.count;
  s.part = share.part;
  s.parts = share.parts;
  timed(request, piece.op, Stage::forward, share.thread, [&] { kernels_.forward(program_.ops[piece.op], s); });
}

void Executor::predict(const Request& request, int64_t first, int count, const float* arena) const {
  const int64_t size = program_.output.size;
  const float* outputs = arena + program_.output.value;
  float* to = request.outputs + first * size;
  std::memcpy(to, outputs, count * size * sizeof(float));
  kernels_.apply_head(program_.head, to, count, static_cast<int>(size));
}

bool Executor::is_single(const Request& request) const {
  return request.mode == Mode::predict && spanning_.empty() && request.count <= program_.shard_size && !request.augmentation;
}

bool Executor::is_short(const Request& request) const { return is_single(request) && request.count * work_ <= SHORT; }

bool Executor::is_worth_dividing(const Request& request) const { return request.count * work_ >= WORTH_DIVIDING; }

// Piece by piece, each divided among the threads, or all on this one: parts of an op make the same bits as the whole.
void Executor::run_single(const Request& request, bool divided) {
  const FlushDenormals flush;  // the threads of the pool do so too
  if (divided_for_ != batch_) {
    divided_for_ = batch_;
    pieces_ = pieces_of(batch_);
    parts_.clear();
    for (const Piece& piece : pieces_) {
      if (piece.op == LOAD) {
        parts_.push_back(1);
        continue;
      }
      const Op& op = program_.ops[piece.op];
      const int most = static_cast<int>(std::min<double>(pool_->threads(), piece.count * work_of(op) / LEAST_PART));
      parts_.push_back(most < 2 ? 1 : kernels_.parts(op, piece.count, most));
    }
  }
  float* arena = arenas_.get();
  if (divided)
    pool_->run_stages(parts_, [&](int i, int part, int thread) {
      run_piece(pieces_[i], request, 0, 0, {arena, thread, part, parts_[i]});
    });
  else
    for (const Piece& piece : pieces_) run_piece(piece, request, 0, 0, {arena, 0, 0, 1});
  if (request.outputs) predict(request, 0, batch_, arena);
}

}  // namespace heddle

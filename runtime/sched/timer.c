#include "runtime/sched/timer.h"

#include "runtime/sched/futex.h"

enum { TICK_SHIFT = 16, LEVEL_SHIFT = 8, SLOT_MASK = QZ_TIMER_SLOTS - 1 };

static int shift_of(uint32_t level) { return (int)level * LEVEL_SHIFT; }

// A timer fires not before its time, so its tick is the first that begins at or after it.
static int64_t tick_of(int64_t time) { return (time >> TICK_SHIFT) + ((time & ((1 << TICK_SHIFT) - 1)) != 0); }

// ── Slots ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void link_timer(QzTimers *wheel, uint32_t level, uint32_t slot, QzTimer *timer) {
  QzTimer **head = &wheel->slots[level][slot];
  timer->next = *head;
  timer->place = head;
  if (timer->next) timer->next->place = &timer->next;
  *head = timer;
  wheel->used[level][slot / 64] |= UINT64_C(1) << slot % 64;
}

static void unlink_timer(QzTimer *timer) {
  *timer->place = timer->next;
  if (timer->next) timer->next->place = timer->place;
  timer->place = NULL;
}

// The lowest one whose slots, counted from now on, reach the tick: by the distance, which may begin and end within a
// slot.
static inline uint32_t level_for(const QzTimers *wheel, int64_t tick) {
  uint64_t distance = (uint64_t)(tick - wheel->tick);
  uint32_t level = distance ? (63 - (uint32_t)__builtin_clzll(distance)) / LEVEL_SHIFT : 0;
  if (level >= QZ_TIMER_LEVELS - 1) return QZ_TIMER_LEVELS - 1;
  return level + ((tick >> shift_of(level)) - (wheel->tick >> shift_of(level)) > SLOT_MASK);
}

// Gives its turn, in ticks.
static int64_t place_timer(QzTimers *wheel, QzTimer *timer) {
  int64_t tick = tick_of(timer->time);
  if (tick < wheel->tick) tick = wheel->tick;
  uint32_t level = level_for(wheel, tick);
  int64_t farthest = (wheel->tick >> shift_of(level)) + SLOT_MASK, slot = tick >> shift_of(level);
  if (slot > farthest) slot = farthest;
  link_timer(wheel, level, (uint32_t)slot & SLOT_MASK, timer);
  return slot << shift_of(level);
}

// The timers of a slot, which are then in no slot.
static QzTimer *empty_slot(QzTimers *wheel, uint32_t level, uint32_t slot) {
  QzTimer *first = wheel->slots[level][slot];
  wheel->slots[level][slot] = NULL;
  wheel->used[level][slot / 64] &= ~(UINT64_C(1) << slot % 64);
  return first;
}

// How many slots from `from` on, going round, the next one with timers is; QZ_TIMER_SLOTS: there is none. A slot that
// is marked may be empty by now.
static uint32_t distance_to_used(const QzTimers *wheel, uint32_t level, uint32_t from) {
  for (uint32_t passed = 0; passed < QZ_TIMER_SLOTS;) {
    uint32_t at = (from + passed) & SLOT_MASK;
    uint64_t rest = wheel->used[level][at / 64] >> at % 64;
    if (rest) {
      passed += (uint32_t)__builtin_ctzll(rest);
      return passed < QZ_TIMER_SLOTS ? passed : QZ_TIMER_SLOTS;
    }
    passed += 64 - at % 64;
  }
  return QZ_TIMER_SLOTS;
}

// The first tick from `wheel->tick` on at which a slot's turn comes, of any level; INT64_MAX: never.
static int64_t next_turn(const QzTimers *wheel) {
  int64_t first = INT64_MAX;
  for (uint32_t level = 0; level < QZ_TIMER_LEVELS; level++) {
    // A higher slot's turn comes when its first tick does; the slot of the present moment has had its turn.
    bool is_begun = level && (wheel->tick & ((INT64_C(1) << shift_of(level)) - 1)) != 0;
    int64_t from = (wheel->tick >> shift_of(level)) + is_begun;
    uint32_t distance = distance_to_used(wheel, level, (uint32_t)from & SLOT_MASK);
    if (distance == QZ_TIMER_SLOTS) continue;
    int64_t turn = (from + distance) << shift_of(level);
    if (turn < first) first = turn;
  }
  return first;
}

static void note_next(QzTimers *wheel) {
  int64_t turn = wheel->count ? next_turn(wheel) : INT64_MAX;
  QZ_STORE(&wheel->next, turn == INT64_MAX ? QZ_FOREVER : turn << TICK_SHIFT, relaxed);
}

// ── Turning ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void move_down(QzTimers *wheel, uint32_t level) {
  QzTimer *next, *timer = empty_slot(wheel, level, (uint32_t)(wheel->tick >> shift_of(level)) & SLOT_MASK);
  for (; timer; timer = next) {
    next = timer->next;
    place_timer(wheel, timer);
  }
}

static uint32_t fire_slot(QzTimers *wheel) {
  uint32_t fired = 0;
  QzTimer **head = &wheel->slots[0][wheel->tick & SLOT_MASK];
  for (QzTimer *timer; (timer = *head); fired++) {
    unlink_timer(timer);
    wheel->count--;
    timer->fire(timer);  // its memory may be gone now
  }
  empty_slot(wheel, 0, (uint32_t)wheel->tick & SLOT_MASK);
  return fired;
}

static uint32_t take_turn(QzTimers *wheel) {
  for (uint32_t level = QZ_TIMER_LEVELS - 1; level > 0; level--)
    if ((wheel->tick & ((INT64_C(1) << shift_of(level)) - 1)) == 0) move_down(wheel, level);
  return fire_slot(wheel);
}

uint32_t qz_timers_run(QzTimers *wheel, int64_t now) {
  if (now < qz_timers_next(wheel)) return 0;
  uint32_t fired = 0;
  qz_lock(&wheel->lock);
  int64_t end = (now >> TICK_SHIFT) + 1, turn;
  while (wheel->count && (turn = next_turn(wheel)) < end) {
    wheel->tick = turn;
    fired += take_turn(wheel);
    wheel->tick++;
  }
  if (wheel->tick < end) wheel->tick = end;
  note_next(wheel);
  qz_unlock(&wheel->lock);
  return fired;
}

// ── Looking ─────────────────────────────────────────────────────────────────────────────────────────────────────
static bool slot_is_late(const QzTimers *wheel, uint32_t level, int64_t slot, int64_t before) {
  const QzTimer *timer = wheel->slots[level][slot & SLOT_MASK];
  while (timer && timer->time >= before) timer = timer->next;
  return timer != NULL;
}

bool qz_timers_are_late(QzTimers *wheel, int64_t before) {
  bool are_late = false;
  if (before < qz_timers_next(wheel)) return false;
  qz_lock(&wheel->lock);
  for (uint32_t level = 0; level < QZ_TIMER_LEVELS && wheel->count; level++) {
    int64_t first = wheel->tick >> shift_of(level), last = (before >> TICK_SHIFT) >> shift_of(level);
    if (last - first >= QZ_TIMER_SLOTS) last = first + QZ_TIMER_SLOTS - 1;
    for (int64_t slot = first; slot <= last && !are_late; slot++) are_late = slot_is_late(wheel, level, slot, before);
  }
  qz_unlock(&wheel->lock);
  return are_late;
}

// ── Arming ──────────────────────────────────────────────────────────────────────────────────────────────────────
void qz_timers_start(QzTimers *wheel, int64_t now) {
  *wheel = (QzTimers){.tick = (now >> TICK_SHIFT) + 1};
  atomic_init(&wheel->next, QZ_FOREVER);
}

void qz_timer_arm(QzTimers *wheel, QzTimer *timer) {
  qz_lock(&wheel->lock);
  bool is_only = wheel->count++ == 0;
  if (is_only) {  // nothing lies in the slots between, so they need no turn
    int64_t tick = (qz_now() >> TICK_SHIFT) + 1;
    if (tick > wheel->tick) wheel->tick = tick;
  }
  timer->wheel = wheel;
  int64_t turn = place_timer(wheel, timer) << TICK_SHIFT;
  if (is_only || turn < qz_timers_next(wheel)) QZ_STORE(&wheel->next, turn, relaxed);
  qz_unlock(&wheel->lock);
}

void qz_timer_arm_again(QzTimer *timer) {
  timer->wheel->count++;
  place_timer(timer->wheel, timer);
}

bool qz_timer_disarm(QzTimer *timer) {
  QzTimers *wheel = timer->wheel;
  if (!wheel || (QZ_PLANTED(old_timer_counts) && !timer->place)) return false;
  qz_lock(&wheel->lock);
  bool is_armed = timer->place != NULL;
  if (is_armed) unlink_timer(timer), wheel->count--;
  qz_unlock(&wheel->lock);
  return is_armed;
}

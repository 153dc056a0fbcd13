// What compiled programs call: timers. One is a channel of one number, with the wheel's timer behind it in the same
// memory: whoever waits for it does that as for any channel, and no task is needed. It fires under the wheel's lock, so
// once it was disarmed nothing of it goes on.
#include "runtime/internal.h"
#include "runtime/sched/channel.h"
#include "runtime/sched/program.h"

enum { NS_PER_MS = 1000000, ONCE = 0, CANCELLED = -1 };

typedef struct QzAlarm {
  QzTimer timer;
  QzChannel *channel;
  _Atomic int64_t period;  // ONCE; CANCELLED: in no wheel, which spares the second cancel, at its end, a lock
  int64_t fired;           // how often it was to fire so far
} QzAlarm;

// Nobody took the number before: then this one is left out.
static void tell(const QzAlarm *alarm) { (void)qz_channel_try_send(alarm->channel, &alarm->fired); }

static void fire_once(QzTimer *timer) {
  QzAlarm *alarm = (QzAlarm *)timer;
  alarm->fired = 1;
  tell(alarm);
}

// Times that have passed meanwhile count, but nobody is told of each.
static void fire_again(QzTimer *timer) {
  QzAlarm *alarm = (QzAlarm *)timer;
  int64_t now = qz_now(), period = QZ_LOAD(&alarm->period, relaxed);
  int64_t passed = now > timer->time ? (now - timer->time) / period : 0;
  alarm->fired += 1 + passed;
  timer->time += (1 + passed) * period;
  tell(alarm);
  qz_timer_arm_again(timer);
}

void *qz_alarm_new(int64_t milliseconds, int32_t is_periodic) {
  qz_program_enter();
  QzChannel *channel = qz_channel_new_with(sizeof(int64_t), 1, sizeof(QzAlarm));
  if (!channel) qz_panic_text("out of memory for a timer");
  QzAlarm *alarm = qz_channel_own(channel);
  int64_t time = qz_deadline(milliseconds);
  bool is_far = time == QZ_FOREVER;
  *alarm = (QzAlarm){{.time = time, .fire = is_periodic ? fire_again : fire_once},
                     .channel = channel,
                     .period = is_periodic && !is_far ? milliseconds * NS_PER_MS : ONCE};
  qz_timer_arm(&qz_worker()->timers, &alarm->timer);
  return alarm;
}

void *qz_alarm_channel(void *alarm) { return ((QzAlarm *)alarm)->channel; }

// What nobody has received does not come either.
int32_t qz_alarm_cancel(void *self) {
  QzAlarm *alarm = self;
  int64_t unseen, period = QZ_LOAD(&alarm->period, acquire);
  if (period == CANCELLED) return false;
  bool was_armed = qz_timer_disarm(&alarm->timer);
  QZ_STORE(&alarm->period, CANCELLED, release);  // pairs with the load above
  if (was_armed && period == ONCE) return true;
  return (qz_channel_try_receive(alarm->channel, &unseen) == QZ_CHANNEL_DONE) | was_armed;
}

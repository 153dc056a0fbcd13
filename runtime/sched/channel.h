// Channels: values of one size, first in, first out. A channel without room is a meeting: a send ends when a receiver
// has the value. What is waiting is served before what comes: nobody passes a waiter.
#ifndef QZ_SCHED_CHANNEL_H
#define QZ_SCHED_CHANNEL_H

#include "runtime/sched/task.h"

typedef enum QzChannelResult {
  QZ_CHANNEL_DONE,
  QZ_CHANNEL_CLOSED,   // a send: nobody will receive; a receive: closed, and empty
  QZ_CHANNEL_BUSY,     // it would have to wait
  QZ_CHANNEL_STOPPED,  // the wait was ended for another reason, and no value changed hands
} QzChannelResult;

typedef struct QzChannel QzChannel;

// `room`: values that are kept without a receiver. NULL: no memory.
QzChannel *qz_channel_new(uint32_t value_size, uint32_t room);
// The same, with so many bytes for who makes it, aligned as words are.
QzChannel *qz_channel_new_with(uint32_t value_size, uint32_t room, size_t own_size);
void *qz_channel_own(QzChannel *channel);
void qz_channel_free(QzChannel *channel);  // nobody waits; what it still holds was received before
// Copies of the bytes of a value: whoever gets DONE has passed, or got, the value itself.
QzChannelResult qz_channel_send(QzChannel *channel, const void *value);
QzChannelResult qz_channel_receive(QzChannel *channel, void *value);
QzChannelResult qz_channel_try_send(QzChannel *channel, const void *value);
QzChannelResult qz_channel_try_receive(QzChannel *channel, void *value);
bool qz_channel_close(QzChannel *channel);  // every waiter is woken; false: it was closed before
uint32_t qz_channel_size(QzChannel *channel);
// Without its lock: by its last owner; or for reports, while nobody else runs.
uint32_t qz_channel_room(const QzChannel *channel);
uint32_t qz_channel_size_now(const QzChannel *channel);

// One of several. `value` is what is sent, or where it goes. Of a task its end is waited for, and nothing is taken.
typedef struct QzSelectCase {
  QzTask *task;  // or NULL, and:
  QzChannel *channel;
  bool sends;
  void *value;
  QzChannelResult result;  // of the case that was chosen
  QzWaitNode node;
} QzSelectCase;

// What a select waits for (waits.def).
typedef struct QzSelecting {
  const QzSelectCase *cases;
  uint32_t count;
} QzSelecting;

enum { QZ_SELECT_LIMIT = 1024, QZ_SELECT_TIMEOUT = -1, QZ_SELECT_STOPPED = -2 };
// Performs one of the cases, any that is ready, else the first that becomes so before `deadline` (of qz_now(); 0: does
// not wait; QZ_FOREVER). Gives which; no other case has an effect.
int32_t qz_select(QzSelectCase *cases, uint32_t count, int64_t deadline);

#endif

/* Selects over two channels, sends and receives that meet them, and time-outs (runtime/sched/channel.c).
 *
 * A fiber is a process; that it leaves its stack is in wait.pml, so here it waits until its claim word says CLAIMED.
 * Each takes part in one select; one with a single case stands for a plain send or receive too: exchange is try_all
 * and join of one channel under one lock. Value v is sent by one case only, so `got` and `sent` say whether it was
 * lost or doubled.
 *
 *   perform        send_at_once, receive_at_once, hand_to_receiver, take_from_sender
 *   join           join, may_be_ready, choose              Select   qz_select, try_all, wait_for_one, stop_waiting
 *
 * Configurations: DUEL, two that each offer what the other takes; TIMED, one that takes from two channels, and a
 * sender, both with time-outs; MIXED, the same with a sender to each; ALONE, one that sends and receives on the same
 * channel, to whom nobody comes. ROOM: values a channel keeps. */
#ifdef DUEL
#define FIBERS 2
#endif
#ifdef TIMED
#define FIBERS 2
#endif
#ifdef MIXED
#define FIBERS 3
#endif
#ifdef ALONE
#define FIBERS 1
#endif
#ifndef ROOM
#define ROOM 0
#endif

#define claimed_from_waits(f) skip
#include "waiter.pml"

#define SLOT(f, i) (2 * (f) + (i))
#define VALUE(f) (f + 1)

/* The cases: what each does to which channel; how many a fiber has, and whether it has a time-out. */
bool sends[2 * FIBERS];
byte channel[2 * FIBERS], count[FIBERS];
bool is_timed[FIBERS];

bool locked[2];
chan receivers[2] = [FIBERS + 1] of { byte, byte, byte };  /* fiber, ticket, number of its case */
chan senders[2] = [FIBERS + 1] of { byte, byte, byte };
byte kept[2];                /* the ring, of one value at most; 0: empty */
byte slot[2 * FIBERS];
bool armed[FIBERS], wheel_locked;
byte timer_ticket[FIBERS];
byte sent[FIBERS + 1], got[FIBERS + 1];
byte over;                   /* selects that are over */
bool again;                  /* a select has claimed itself for nothing */

#define BUSY 0
#define DONE 1

#define JOINED 0
#define CHOSEN 1
#define CHOSEN_FOR_NOTHING 2
#define TOO_LATE 3

inline lock(c) { atomic { !locked[c] -> locked[c] = true } }
inline unlock(c) { locked[c] = false }

/* The copy is made before the claim; one for somebody who is lost is no value. */
inline hand_to_receiver(c, value, result) {
  result = BUSY;
  do
  :: atomic { receivers[c]?other, ticket, number -> slot[SLOT(other, number)] = value }
     qz_wait_claim(other, ticket, number, how);
#ifdef lost_claim_counts
     how = ENQUEUE;
#endif
     if
     :: how != LOST -> result = DONE; break
     :: else -> skip
     fi
  :: empty(receivers[c]) -> break
  od
}

inline take_from_sender(c, value, result) {
  result = BUSY;
  do
  :: atomic { senders[c]?other, ticket, number -> value = slot[SLOT(other, number)] }
     qz_wait_claim(other, ticket, number, how);
     if
     :: how != LOST -> result = DONE; break
     :: else -> skip
     fi
  :: empty(senders[c]) -> break
  od
}

inline send_at_once(c, value, result) {
  hand_to_receiver(c, value, result);
  if
  :: result == BUSY && ROOM && !kept[c] -> d_step { kept[c] = value; result = DONE }
  :: else -> skip
  fi
}

inline receive_at_once(c, value, result) {
  if
  :: kept[c] ->
     value = kept[c];
     take_from_sender(c, kept[c], result);
     if
     :: result == BUSY -> kept[c] = 0
     :: else -> skip
     fi;
     result = DONE
  :: else -> take_from_sender(c, value, result)
  fi
}

inline perform(c, i, result) {
  if
  :: sends[SLOT(self, i)] -> send_at_once(c, slot[SLOT(self, i)], result)
  :: else -> receive_at_once(c, slot[SLOT(self, i)], result)
  fi;
  atomic { other = 0; ticket = 0; number = 0; how = 0 }
}

/* Whether somebody else is in the list. Its own node can be there: of another case with the same channel. */
#ifdef sees_itself
#define HAS_OTHERS(list) (len(list) > 0)
#else
#define HAS_OTHERS(list) (len(list) > (list ?? [eval(self), eval(claim[self].epoch), 0]))
#endif

#define MAY_BE_READY(c, i) \
  (sends[SLOT(self, i)] -> HAS_OTHERS(receivers[c]) || (ROOM && !kept[c]) : HAS_OTHERS(senders[c]) || kept[c])

inline put_in_list(c, i) {
  if
  :: sends[SLOT(self, i)] -> senders[c]!self, claim[self].epoch, i
  :: else -> receivers[c]!self, claim[self].epoch, i
  fi
}

inline join(c, i, joined, result) {
  lock(c);
  if
#ifdef joins_without_a_look
  :: false -> skip
#else
  :: MAY_BE_READY(c, i) ->
#ifdef chooses_without_a_claim
     how = LATER;
#else
     qz_wait_claim(self, claim[self].epoch, EVENT, how);
#endif
     if
     :: how == LOST -> joined = TOO_LATE
     :: else ->
        perform(c, i, result);
        joined = (result == BUSY -> CHOSEN_FOR_NOTHING : CHOSEN)
     fi
#endif
  :: else -> put_in_list(c, i)
  fi;
  unlock(c)
}

inline stop_waiting(c, i) {
  lock(c);
  if
  :: sends[SLOT(self, i)] && senders[c] ?? [eval(self), eval(old), eval(i)] ->
     senders[c] ?? eval(self), eval(old), eval(i)
  :: !sends[SLOT(self, i)] && receivers[c] ?? [eval(self), eval(old), eval(i)] ->
     receivers[c] ?? eval(self), eval(old), eval(i)
  :: else -> skip
  fi;
  unlock(c)
}

inline try_all() {
  if
  :: i = 0
  :: count[self] == 2 -> i = 1
  fi;
  tried = 0;
  do
  :: tried < count[self] ->
     lock(channel[SLOT(self, i)]);
     perform(channel[SLOT(self, i)], i, result);
     unlock(channel[SLOT(self, i)]);
     if
     :: result == DONE -> break
     :: else -> tried++; i = (i + 1) % count[self]
     fi
  :: else -> break
  od
}

/* What is in i afterwards was done, if result says so. */
inline wait_for_one() {
  old = claim[self].epoch;
  qz_wait_announce(self);
  if
  :: is_timed[self] -> atomic { !wheel_locked -> armed[self] = true; timer_ticket[self] = old }
  :: else -> skip
  fi;
  i = 0; joined = JOINED;
  do
  :: i < count[self] && joined == JOINED ->
     join(channel[SLOT(self, i)], i, joined, result);
     if
     :: joined == JOINED -> i++
     :: else -> skip
     fi
  :: else -> break
  od;
#ifdef chooses_without_a_claim
  if
  :: joined == CHOSEN || joined == CHOSEN_FOR_NOTHING -> qz_wait_claim(self, old, EVENT, how)
  :: else -> skip
  fi;
#endif
  qz_wait_commit(self, result);
  claim[self].state == CLAIMED;
  qz_wait_resume(self, why);
  if
  :: is_timed[self] -> atomic { !wheel_locked -> armed[self] = false }
  :: else -> skip
  fi;
  tried = 0;
  do
  :: tried < i -> stop_waiting(channel[SLOT(self, tried)], tried); tried++
  :: else -> break
  od;
  if
  :: joined == CHOSEN -> result = DONE
  :: joined == CHOSEN_FOR_NOTHING -> result = BUSY; again = true; again = false
  :: else -> d_step { result = (why < count[self]); i = (why < count[self] -> why : 0) }
  fi;
  d_step { tried = 0; why = 0; how = 0; old = 0 }
}

proctype Select(byte self) {
  byte i, tried, joined, result, why, how, old;
  byte other, ticket, number;
  do
  :: try_all();
     if
     :: result == DONE -> break
     :: else -> skip
     fi;
     wait_for_one();
     if
     :: result == DONE || joined != CHOSEN_FOR_NOTHING -> break
     :: else -> skip
     fi
  od;
  if
  :: result == DONE && sends[SLOT(self, i)] -> sent[slot[SLOT(self, i)]]++
  :: result == DONE && !sends[SLOT(self, i)] -> got[slot[SLOT(self, i)]]++
  :: else -> skip
  fi;
  over++
}

/* fire_slot, time_out: under the wheel's lock, which who disarms takes too. */
proctype Timer(byte f) {
  byte how;
end_armed:
  do
  :: atomic { armed[f] && !wheel_locked -> wheel_locked = true; armed[f] = false }
     qz_wait_claim(f, timer_ticket[f], TIMEOUT, how);
     wheel_locked = false
  od
}

/* Each value that was sent was got, or is kept; none twice. */
#define HELD(v) ((kept[0] == v) + (kept[1] == v))
active proctype Monitor() {
  byte v = 1;
  over == FIBERS;
  do
  :: v <= FIBERS -> assert(sent[v] == got[v] + HELD(v) && sent[v] <= 1); v++
  :: else -> break
  od
}

inline give_case(f, i, does_send, c) {
  sends[SLOT(f, i)] = does_send; channel[SLOT(f, i)] = c; count[f] = i + 1;
  slot[SLOT(f, i)] = (does_send -> VALUE(f) : 0)
}

init {
  byte f = 0;
  atomic {
#ifdef DUEL
    give_case(0, 0, true, 0); give_case(0, 1, false, 1);
    give_case(1, 0, true, 1); give_case(1, 1, false, 0);
#endif
#if defined(TIMED) || defined(MIXED)
    give_case(0, 0, false, 0); give_case(0, 1, false, 1);
    give_case(1, 0, true, 0);
    is_timed[0] = true; is_timed[1] = true;
#endif
#ifdef MIXED
    give_case(2, 0, true, 1);
    is_timed[2] = true;
#endif
#ifdef ALONE
    give_case(0, 0, true, 0); give_case(0, 1, false, 0);
#endif
    do
    :: f < FIBERS ->
       run Select(f);
       if
       :: is_timed[f] -> run Timer(f)
       :: else -> skip
       fi;
       f++
    :: else -> break
    od
  }
}

#ifdef ALONE
ltl goes_to_sleep { <> (claim[0].state == WAITS) }
#else
/* Two can claim themselves for each other again and again, as long as their steps fall together. */
ltl every_select_ends { <> (over == FIBERS) || []<> again }
#endif

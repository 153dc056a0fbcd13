/* A mailbox with bounds: senders that wait for a place, or push out the oldest message (runtime/sched/bounds.c, the
 * semaphore of sync.c). What runs the actor is in mailbox.pml; here it takes messages as they come.
 *
 *   enter     wait_for_place, qz_semaphore_take_until      give      qz_semaphore_give, wake_first
 *   push      ring_bell, push                              Actor     step, qz_bounds_leave, pop
 *
 * Three senders, one message each, and room for one. TIMED: the second one waits until a deadline only. DIES: the actor
 * does, at any time. OLDEST: the oldest give way, and nobody waits. */
#define FIBERS 3
#define ROOM 1
#define claimed_from_waits(f) skip
#include "waiter.pml"

byte places = ROOM, in_mailbox;                    /* messages that have a place */
bool locked;
chan waiters = [FIBERS] of { byte, byte };         /* fiber, ticket */
chan mailbox = [FIBERS] of { byte };               /* messages, or bells */
chan ring = [ROOM] of { byte };
bool is_armed, is_dead;
byte timer_ticket;
byte handled, given_up, dropped;

inline lock() { atomic { !locked -> locked = true } }
inline unlock() { locked = false }

/* The place itself is handed over. */
inline give() {
  lock();
  how = LOST;
  do
  :: how == LOST && len(waiters) > 0 ->
     waiters?fiber, ticket;
     qz_wait_claim(fiber, ticket, EVENT, how)
#ifdef lost_claim_counts
     ; how = ENQUEUE
#endif
  :: !(how == LOST && len(waiters) > 0) -> break
  od;
  if
  :: how == LOST -> places++
  :: else -> skip
  fi;
  unlock();
  d_step { how = 0; fiber = 0; ticket = 0 }
}

inline forget() {
  lock();
  if
  :: waiters ?? [eval(self), eval(ticket)] -> waiters ?? eval(self), eval(ticket)
  :: else -> skip
  fi;
  unlock()
}

inline wait_for_place() {
  qz_wait_announce(self);
  ticket = claim[self].epoch;
  waiters!self, ticket;
#ifdef TIMED
  if
  :: self == 1 -> d_step { timer_ticket = claim[self].epoch; is_armed = true }
  :: else -> skip
  fi;
#endif
  unlock();
  claim[self].state == CLAIMED;
  qz_wait_resume(self, why);
  if
  :: why != EVENT -> forget()
  :: else -> skip
  fi
}

inline enter() {
  lock();
  if
  :: places -> places--; unlock()
  :: else -> wait_for_place()
  fi
}

/* The message lies in the ring before its bell is rung. */
inline push() {
#ifdef bell_rings_first
  mailbox!self;
#endif
  lock();
  if
  :: len(ring) == ROOM -> d_step { ring?fiber; dropped++; ring!self }; unlock()
  :: else ->
     ring!self;
     unlock();
#ifndef bell_rings_first
     mailbox!self
#endif
  fi
}

proctype Sender(byte self) {
  byte why = EVENT, ticket, fiber;
#ifdef OLDEST
  push()
#else
  enter();
  if
  :: why == EVENT -> d_step { in_mailbox++; assert(in_mailbox <= ROOM); mailbox!self }
  :: else -> given_up++
  fi
#endif
}

proctype Timer() {
  byte how;
end_armed:
  is_armed;
  qz_wait_claim(1, timer_ticket, TIMEOUT, how)
}

proctype Actor() {
  byte message, how, fiber, ticket;
end_idle:
  do
#ifdef OLDEST
  :: mailbox?message -> lock(); assert(len(ring) > 0); ring?message; unlock(); handled++
#else
  :: mailbox?message ->
     in_mailbox--;
#ifdef dead_keep_places
     if
     :: !is_dead -> give()
     :: else -> skip
     fi;
#else
     give();
#endif
     handled++
#endif
  od
}

proctype Killer() {
  is_dead = true
}

init {
  atomic {
    run Sender(0); run Sender(1); run Sender(2); run Actor();
#ifdef TIMED
    run Timer();
#endif
#ifdef DIES
    run Killer()
#endif
  }
}

ltl all_are_sent { <> (handled + given_up + dropped == FIBERS) }

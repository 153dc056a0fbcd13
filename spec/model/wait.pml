/* One fiber that waits twice, and those who race to end each wait: an answer, a time-out, a cancel, a stop.
 *
 * Fiber: qz_suspend of a handler, qz_sleep_until. Loop: after_switch and loop of worker.c, on the stack that the worker
 * goes on with. Answerer: answer_call (its second answer comes late). Timer: fire_slot and wake_sleeper. Stopper:
 * qz_actor_signal against qz_served_before_wait. Asker: qz_task_cancel against the same. */
#define FIBERS 1
#define claimed_from_waits(f) hands++
#define won(f) ended_by_ticket_of = meant[_pid]
#include "waiter.pml"

#ifndef WAITINGS
#define WAITINGS 2
#endif

byte hands, queued, owned = 1;  /* where the right to run the fiber is, besides WAITS */
bool on = true;                 /* it stands on its stack */
bool left;                      /* its stack was left, and nothing done about it yet */
byte waiting;                   /* which wait it is in */
bool asked[WAITINGS + 1];       /* the answerer knows the ticket of this wait */
byte tickets[WAITINGS + 1];
byte meant[10];                 /* by process: which wait it means to end */
byte ended_by_ticket_of;        /* the one that the winner meant */
byte slot;                      /* what an answer is put into: its wait's number */
bool armed, wheel_locked;
byte timer_waiting;
bool signalled, finished;
bool asked_to_end, was_told;    /* a cancel: ASKED, OVER */
byte cancelled;                 /* waits that ended so */

#define TOKENS (hands + queued + owned + (claim[0].state == WAITS))

inline enqueue() {
  atomic { hands--; queued++ }
}

inline qz_wake(number, why, how) {
  meant[_pid] = number;
  qz_wait_claim(0, tickets[number], why, how);
  if
  :: how == LOST -> skip
  :: how == LATER ->
#ifdef enqueued_twice
     hands++; enqueue()
#else
     skip
#endif
  :: how == ENQUEUE -> enqueue()
  fi
}

/* Stop: the wait was announced before this look; the stopper looks at the wait after his signal. */
inline before_wait_of_actor(how) {
#ifdef wait_ignores_signal
  skip
#else
  if
  :: signalled -> qz_wait_claim(0, tickets[waiting], STOPPED, how)
  :: else -> skip
  fi
#endif
}

/* The same for a cancel, which ends one wait only. */
inline before_wait_of_task(how) {
#ifdef wait_ignores_signal
  skip
#else
  if
  :: asked_to_end && !was_told -> qz_wait_claim(0, tickets[waiting], CANCELLED, how)
  :: else -> skip
  fi
#endif
}

inline qz_suspend(why, how, committed) {
#ifdef waits_before_left
  atomic { qz_wait_commit(0, committed); owned = owned - committed }
#endif
  before_wait_of_actor(how);
#ifdef ASKER
  before_wait_of_task(how);
#endif
  if
  :: claim[0].state == CLAIMED -> skip
  :: else ->
     atomic { on = false; left = true }
     on
  fi
  qz_wait_resume(0, why)
#ifdef ASKER
  ;
  if
#ifdef cancel_stays
  :: why == CANCELLED -> cancelled++
#else
  :: why == CANCELLED -> cancelled++; was_told = true
#endif
  :: else -> skip
  fi;
  assert(cancelled <= 1)
#endif
}

proctype Fiber() {
  byte why, how;
  bool committed;
  do
  :: waiting < WAITINGS ->
     atomic { waiting++; meant[_pid] = waiting; tickets[waiting] = claim[0].epoch; slot = 0 }
     qz_wait_announce(0);
     asked[waiting] = true;
     atomic { !wheel_locked -> armed = true; timer_waiting = waiting }  /* qz_timer_arm */
     qz_suspend(why, how, committed);
     assert(ended_by_ticket_of == waiting);  /* who is late must fail */
     if
     :: why == EVENT -> assert(slot == waiting)
     :: else -> skip
     fi
     atomic { !wheel_locked -> armed = false }  /* qz_timer_disarm waits for a timer that fires */
  :: else -> break
  od
  finished = true
}

/* The worker that goes on with the loop when the fiber's stack was left. Two of them, so that one can hang behind. */
proctype Loop() {
  bool committed;
end_loop:
  do
  :: atomic { left -> left = false }
#ifndef waits_before_left
     d_step {
       qz_wait_commit(0, committed);
       owned--;
       if
       :: committed -> skip
       :: else -> hands++
       fi
     }
     if
     :: committed -> skip
     :: else -> enqueue()
     fi
#endif
  :: atomic { queued -> queued--; owned++; assert(!on); on = true }  /* run_fiber */
  od
}

/* Answers the first wait, twice, at any time; then the second one. A copy is made before each claim. */
proctype Answerer() {
  byte how;
  asked[1];
  slot = 1;
  qz_wake(1, EVENT, how);
  qz_wake(1, EVENT, how);
end_asked:
  asked[2];
  slot = 2;
  qz_wake(2, EVENT, how)
}

/* A timer that fires is taken from its wheel first, under the wheel's lock (fire_slot); then it claims. */
proctype Timer() {
  byte how, number;
end_armed:
  do
  :: atomic { armed && !wheel_locked -> wheel_locked = true; armed = false; number = timer_waiting }
     qz_wake(number, TIMEOUT, how);
     wheel_locked = false
  od
}

proctype Canceller() {
  byte how;
  asked[1];
  qz_wake(1, CANCELLED, how)
}

/* qz_task_cancel: asks, and looks then whether it waits. What was told before that wait is seen. */
proctype Asker() {
  byte how, ticket, state;
  asked_to_end = true;
  d_step { ticket = claim[0].epoch; state = claim[0].state; meant[_pid] = waiting }
  if
  :: (state == PREPARES || state == WAITS) && !was_told ->
     qz_wait_claim(0, ticket, CANCELLED, how);
     if
     :: how == ENQUEUE -> enqueue()
     :: else -> skip
     fi
  :: else -> skip
  fi
}

/* qz_served_interrupt: the claim word is read, then whom the fiber serves (here: always this actor). */
proctype Stopper() {
  byte how, ticket, state;
  signalled = true;
  atomic { ticket = claim[0].epoch; state = claim[0].state; meant[_pid] = waiting }
  if
  :: state == PREPARES || state == WAITS ->
     qz_wait_claim(0, ticket, STOPPED, how);
     if
     :: how == ENQUEUE -> enqueue()
     :: else -> skip
     fi
  :: else -> skip
  fi
}

active proctype Monitor() {
end_watch:
  TOKENS != 1 -> assert(TOKENS == 1)
}

init {
  atomic {
    run Fiber(); run Loop(); run Loop();
#ifdef ANSWERER
    run Answerer();
#endif
#ifdef TIMER
    run Timer();
#endif
#ifdef CANCELLER
    run Canceller();
#endif
#ifdef ASKER
    run Asker();
#endif
#ifdef STOPPER
    run Stopper();
#endif
  }
}

ltl every_wait_ends { <> finished }

/* One actor: senders, stoppers, a kill, a signal that means nothing to it, crashes, waits inside a message, a backoff.
 *
 * A stack (QzFiber) is a process; the right to run the actor moves between stacks, the queue, the mailbox's IDLE bit, a
 * claim word, and hands. Who is told of an end (a stopper, a caller) is a process that waits for its answer.
 *
 *   send                 qz_actor_send, qz_mailbox_put       run_batch, hear_all       as in actor.c
 *   signal               qz_actor_signal, …                  Stack                      loop, after_switch, leave
 *   mark                 set_bit                             suspend                    qz_suspend, before_wait
 *   interrupt            qz_served_interrupt                 restart                    survives, build_anew
 *
 * A configuration says what messages there are: MESSAGES, KIND_1, KIND_2, and how many STOPPERS, KILLERS and NOTICES;
 * whether an EVENT comes for a message that waits, whether a BYSTANDER task shares the workers, whether there is a
 * BACKOFF whose timer may be LATE (it never comes), whether the references go in the end (RELEASES), whether who stops
 * it has none, and finds it in the REGISTRY. */
#ifndef MESSAGES
#define MESSAGES 1
#endif
#ifndef KIND_1
#define KIND_1 NORMAL
#endif
#ifndef KIND_2
#define KIND_2 NORMAL
#endif
#define KIND(m) (m == 1 -> KIND_1 : (m == 2 -> KIND_2 : NORMAL))
#ifndef STOPPERS
#define STOPPERS 0
#endif
#ifndef KILLERS
#define KILLERS 0
#endif
#ifndef NOTICES
#define NOTICES 0
#endif
#ifndef EVENTS
#define EVENTS 0
#endif
#ifndef RESTARTS
#define RESTARTS 1
#endif
#define WORKERS 2
#ifdef BYSTANDER
#define FIBERS (WORKERS + 2)
#else
#define FIBERS (WORKERS + 1)
#endif

#define NORMAL 0
#define CRASHES 1
#define WAITS_INSIDE 2

#define claimed_from_waits(f) hands = hands + carries[f]
#include "waiter.pml"

/* ── The actor ────────────────────────────────────────────────────────────────────────────────────────────────── */
/* The head word: number of the last message, and bits. Message 0 is the one that is nobody's. GONE: no references. */
#define IDLE 1
#define SIGNAL 2
#define GONE 4
#define MESSAGE_OF(word) (word >> 3)
#define HEAD_OF(m) (m << 3)
byte head;
byte next[MESSAGES + 1];
byte taken;

/* Signals: a stopper's number, or one of these. */
#define KILL 10
#define NOTICE 11
#define UNREACHABLE 12
#define ENDS(signal) (signal <= KILL)
#define SIGNALS (STOPPERS + KILLERS + NOTICES + 1)
chan signals = [SIGNALS] of { byte };
chan hearing = [SIGNALS] of { byte };  /* taken, not looked at yet */
byte ends_signalled;                   /* of `signals`: stops and kills */
bool end_was_signalled;

#define ALIVE 0
#define STOPPING 1
#define DEAD 2
byte phase, last, restarts;
bool is_unreachable, is_freed;
byte stopped_by;                       /* the stoppers' list, as a set */
bool is_inside;                        /* a handler, or a constructor, runs or waits */
byte actor_fiber = FIBERS;             /* actor->fiber */

/* ── Those who wait for it ────────────────────────────────────────────────────────────────────────────────────── */
bool registry_locked, is_registered = true;
bool replied[MESSAGES + 1], stop_answered[STOPPERS + 1];
byte references = MESSAGES + STOPPERS + KILLERS + NOTICES;
byte open = MESSAGES + STOPPERS;       /* answers that are owed */

/* ── Stacks ───────────────────────────────────────────────────────────────────────────────────────────────────── */
#define ACTOR FIBERS
#define TASK (FIBERS + 1)
#define READY_LIMIT (FIBERS + 3)
chan ready = [READY_LIMIT] of { byte };  /* a fiber's number, ACTOR or TASK */
bool on[FIBERS];                         /* a worker stands on it */
bool is_spare[FIBERS];
bool idles[FIBERS];                      /* its loop found nothing; of two that do, the lower one takes what comes */
#define IS_FIRST_IDLE(f) (f == 0 || (!idles[0] && (f == 1 || (!idles[1] && (f == 2 || !idles[2])))))
byte left[FIBERS];                       /* the worker came from this fiber (+ 1), to be committed; 0: none */
bool serves[FIBERS];                     /* fiber->serves == actor */

/* Where the right to run the actor is: ghosts, but for IDLE and the claim words. */
byte hands, queued = 1, owned;
bool carries[FIBERS];                    /* it is on this stack, running or not */
#define SUSPENDED(f) (carries[f] && claim[f].state == WAITS)
#ifdef BYSTANDER
#define SUSPENDED_ANY (SUSPENDED(0) + SUSPENDED(1) + SUSPENDED(2) + SUSPENDED(3))
#else
#define SUSPENDED_ANY (SUSPENDED(0) + SUSPENDED(1) + SUSPENDED(2))
#endif
#define TOKENS ((head & IDLE) + hands + queued + owned + SUSPENDED_ANY)

/* The memory is there. */
#define touch() assert(!is_freed)

inline qz_ready(runnable, is_actors) {
  atomic { assert(nfull(ready)); hands = hands - is_actors; queued = queued + is_actors; ready!runnable }
}

inline qz_wake(f, ticket, why, how) {
  qz_wait_claim(f, ticket, why, how);
  if
  :: how == ENQUEUE -> qz_ready(f, carries[f])
  :: how == LATER ->
#ifdef enqueued_twice
     atomic { hands = hands + carries[f]; qz_ready(f, carries[f]) }
#else
     skip
#endif
  :: else -> skip
  fi
}

/* ── Arrivals ─────────────────────────────────────────────────────────────────────────────────────────────────── */
/* Only a fiber that waits already: what waits later looks at the signals itself. */
inline interrupt(f, ticket, how) {
  atomic { touch(); f = actor_fiber }
  if
  :: f < FIBERS ->  /* loads of the claim word and of serves */
#ifdef claims_what_runs
     ticket = claim[f].epoch;
     how = ENQUEUE;
#else
     d_step { ticket = claim[f].epoch; how = (claim[f].state == PREPARES || claim[f].state == WAITS -> ENQUEUE : LOST) }
#endif
     if
     :: how == ENQUEUE && serves[f] -> qz_wake(f, ticket, STOPPED, how)
     :: else -> skip
     fi
  :: else -> skip
  fi
}

inline mark(old) {
  d_step {
    touch();
    old = head;
    head = (head & ~IDLE) | SIGNAL;
    hands = hands + (old & IDLE)
  }
}

inline signal(s, old, f, ticket, how) {
  d_step {
    touch(); signals!s; ends_signalled = ends_signalled + ENDS(s);
    end_was_signalled = end_was_signalled || ENDS(s)
  }
  mark(old);
  if
  :: old & IDLE -> qz_ready(ACTOR, 1)
  :: !(old & IDLE) && ENDS(s) -> interrupt(f, ticket, how)
  :: else -> skip
  fi
}

inline send(m, old, f, ticket, how) {
  d_step { touch(); old = head; head = HEAD_OF(m); hands = hands + (old & IDLE) }
  d_step { touch(); next[MESSAGE_OF(old)] = m }
  if
  :: old & IDLE -> qz_ready(ACTOR, 1)
#ifdef send_interrupts
  :: (old & (IDLE | SIGNAL)) == SIGNAL -> interrupt(f, ticket, how)
#endif
  :: else -> skip
  fi
}

/* Nothing is left for another run, as whoever has the right to run sees it. */
#ifdef freed_with_signals
#define IS_OVER (phase == DEAD && MESSAGE_OF(head) == taken)
#else
#define IS_OVER (phase == DEAD && MESSAGE_OF(head) == taken && !(head & SIGNAL))
#endif

/* qz_actor_release. The last one says so with one step on the head word, its last on the actor. */
inline release(old, f, ticket, how) {
#ifdef RELEASES
  d_step { touch(); references--; how = (references == 0) }
  if
  :: how ->
#ifdef unreachable_in_two_steps
     signal(UNREACHABLE, old, f, ticket, how)
#else
     d_step { old = head; head = (head & ~IDLE) | GONE; hands = hands + (old & IDLE) }
     if
     :: old & IDLE ->
        if
        :: IS_OVER -> d_step { assert(empty(signals)); is_freed = true; hands-- }
        :: else -> qz_ready(ACTOR, 1)
        fi
     :: else -> skip
     fi
#endif
  :: else -> skip
  fi
#else
  skip
#endif
}

/* ── Stacks that are left ─────────────────────────────────────────────────────────────────────────────────────── */
inline leave(spare) {
  atomic {
    spare = 0;
    do
    :: !is_spare[spare] -> spare++
    :: else -> break
    od;
    is_spare[spare] = false; left[spare] = self + 1; on[self] = false; on[spare] = true
  }
  on[self]
}

/* The wait was announced before the look at the signals. */
inline suspend(why, how) {
#ifdef waits_before_left
  d_step { qz_wait_commit(self, why); owned = owned - carries[self] }
#endif
#ifndef wait_ignores_signal
  if
  :: serves[self] && phase != DEAD && (phase == STOPPING || ends_signalled) ->
     qz_wait_claim(self, claim[self].epoch, STOPPED, how)
  :: else -> skip
  fi;
#endif
  if
  :: claim[self].state == CLAIMED -> skip
  :: else -> leave(how)
  fi;
  qz_wait_resume(self, why);
  assert(why != STOPPED || (carries[self] && end_was_signalled))
}

/* ── The end ──────────────────────────────────────────────────────────────────────────────────────────────────── */
inline answer_stop(s) {
  assert(!stop_answered[s]); stop_answered[s] = true; open--
}

inline die(i) {
  d_step { assert(phase != DEAD); phase = DEAD }
#ifdef REGISTRY
  atomic { !registry_locked -> is_registered = false }
#endif
  d_step {
    i = 0;
    do
    :: i < STOPPERS ->
       if
       :: stopped_by & (1 << i) -> answer_stop(i)
       :: else -> skip
       fi;
       i++
    :: else -> break
    od;
    stopped_by = 0; i = 0
  }
}

/* ── Signals ──────────────────────────────────────────────────────────────────────────────────────────────────── */
inline begin_stopping() {
  d_step { phase = STOPPING; last = MESSAGE_OF(head) }
}

inline hear(s, i) {
  if
  :: s < STOPPERS && phase == DEAD -> d_step { answer_stop(s) }
  :: s < STOPPERS && phase != DEAD ->
     stopped_by = stopped_by | (1 << s);
     if
     :: phase == ALIVE -> begin_stopping()
     :: else -> skip
     fi
  :: s == KILL && phase != DEAD -> die(i)
  :: s == UNREACHABLE ->
     is_unreachable = true;
     if
     :: phase == ALIVE -> begin_stopping()
     :: else -> skip
     fi
  :: else -> skip
  fi
}

inline hear_all(s, i) {
  head = head & ~SIGNAL;
  d_step {
    do
    :: signals?s -> hearing!s
    :: empty(signals) -> break
    od;
    ends_signalled = 0
  }
  do
  :: hearing?s -> hear(s, i)
  :: empty(hearing) -> break
  od;
  s = 0
}

/* ── Waits inside a message: a channel without values, that EVENTS values come to ─────────────────────────────── */
bool channel_locked, is_listed;
byte values, listed_fiber, listed_ticket;

inline lock_channel() { atomic { !channel_locked -> channel_locked = true } }
inline unlock_channel() { channel_locked = false }

inline wait_inside(why, how) {
  lock_channel();
  if
  :: values -> values--; unlock_channel()
  :: else ->
     qz_wait_announce(self);
     d_step { is_listed = true; listed_fiber = self; listed_ticket = claim[self].epoch }
     unlock_channel();
     suspend(why, how);
     if
     :: why != EVENT -> lock_channel(); is_listed = false; unlock_channel()
     :: else -> skip
     fi
  fi
}

proctype Event() {
  byte how = LOST;
  lock_channel();
  if
  :: is_listed -> is_listed = false; qz_wake(listed_fiber, listed_ticket, EVENT, how)
  :: else -> skip
  fi;
  values = values + (how == LOST);
  unlock_channel()
}

/* ── Backoff ──────────────────────────────────────────────────────────────────────────────────────────────────── */
bool wheel_locked, is_armed;
byte armed_fiber, armed_ticket;

/* qz_sleep_until: arms, waits, disarms (which waits for a timer that fires). */
inline back_off(why, how) {
  qz_wait_announce(self);
  atomic { !wheel_locked -> is_armed = true; armed_fiber = self; armed_ticket = claim[self].epoch }
#ifdef backoff_keeps_from_stop
  serves[self] = false;
#endif
  suspend(why, how);
#ifdef backoff_keeps_from_stop
  serves[self] = true;
#endif
  atomic { !wheel_locked -> is_armed = false }
}

proctype Timer() {
  byte how;
end_armed:
  do
  :: atomic { is_armed && !wheel_locked -> wheel_locked = true; is_armed = false }
     qz_wake(armed_fiber, armed_ticket, TIMEOUT, how);
     wheel_locked = false
#ifdef LATE
  :: is_armed -> break
#endif
  od
}

/* ── The run ──────────────────────────────────────────────────────────────────────────────────────────────────── */
inline reply(m) {
  d_step { assert(!replied[m]); replied[m] = true; open-- }
}

/* The constructor may crash too. */
inline restart(why, how) {
  do
  :: restarts == RESTARTS -> die(how); break
  :: else ->
     restarts++;
#ifdef BACKOFF
     back_off(why, how);
     if
     :: phase == ALIVE && why == STOPPED -> die(how); break
     :: else -> skip
     fi;
#endif
     if
     :: break
#ifdef CONSTRUCTOR_CRASHES
     :: skip
#endif
     fi
  od
}

inline handle(m, why, how) {
  if
  :: phase == DEAD -> reply(m)  /* refused */
  :: else ->
     assert(!is_inside);
     is_inside = true;
     if
     :: KIND(m) == NORMAL -> reply(m)
     :: KIND(m) == WAITS_INSIDE -> wait_inside(why, how); reply(m)
     :: KIND(m) == CRASHES ->
        if
        :: restarts == RESTARTS -> die(how); reply(m)
        :: else -> reply(m); restart(why, how)
        fi
     fi;
     is_inside = false
  fi
}

inline serve(is_own) {
  serves[self] = is_own;
  actor_fiber = (is_own -> self : FIBERS)
}

/* True in goes_on: there may be more. */
inline run_batch(goes_on, m, why, how) {
  do
  :: m = next[taken];
     if
     :: m -> taken = m
     :: else -> skip
     fi;
#ifdef only_the_bit
     d_step { goes_on = (head & GONE) != 0; how = (head & SIGNAL) != 0 }
#else
     d_step { goes_on = (head & GONE) != 0; how = (head & SIGNAL) != 0 || nempty(signals) }
#endif
     if
     :: how -> hear_all(why, how)  /* before the message: what came before it is heard */
     :: else -> skip
     fi;
     how = 0;
     if
     :: goes_on ->  /* what was signalled before has been heard */
        is_unreachable = true;
        if
        :: phase == ALIVE -> begin_stopping()
        :: else -> skip
        fi
     :: else -> skip
     fi;
     if
     :: m -> handle(m, why, how)
     :: else -> skip
     fi;
     d_step { why = 0; how = 0 }
#ifdef restart_leaves
     if
     :: m && KIND(m) == CRASHES ->
        if
        :: next[taken] -> goes_on = true
        :: else -> d_step { head = head | IDLE; owned--; carries[self] = false }; goes_on = false
        fi;
        break
     :: else -> skip
     fi;
#endif
     if
     :: phase == STOPPING && taken == last -> die(how)
     :: else -> skip
     fi;
     if
     :: m == 0 -> goes_on = false; break
     :: m -> skip
     :: m -> goes_on = true; break  /* the batch is full */
     fi
  od
}

/* Message 0 is the list's end from then on. Nobody links to it, unless it was so already. */
inline go_idle(went) {
#ifdef link_is_cleared
  next[0] = 0;
#else
  d_step {
    if
    :: taken -> next[0] = 0
    :: else -> skip
    fi
  }
#endif
#ifdef idle_by_store
  went = (head == HEAD_OF(taken));
  if
  :: went -> d_step { head = HEAD_OF(0) | IDLE; taken = 0; owned--; carries[self] = false }
  :: else -> skip
  fi
#else
  d_step {
    went = (head == HEAD_OF(taken));
    if
    :: went -> head = HEAD_OF(0) | IDLE; taken = 0; owned--; carries[self] = false
    :: else -> skip
    fi
  }
#endif
}

inline come_again() {
  d_step { owned--; hands++; carries[self] = false }
  qz_ready(ACTOR, 1)
}

/* After going idle, and after the push on the queue, the actor is somebody else's. */
inline run_actor(goes_on, m, why, how) {
  serve(true);
  run_batch(goes_on, m, why, how);
  serve(false);
  if
#ifdef restart_leaves
  :: !goes_on && !carries[self] -> skip
  :: carries[self] && goes_on -> come_again()
  :: carries[self] && !goes_on ->
#else
  :: goes_on -> come_again()
  :: else ->
#endif
     if
     :: is_unreachable && IS_OVER ->
        d_step { assert(empty(signals)); is_freed = true; carries[self] = false }
     :: else ->
        go_idle(goes_on);
        if
        :: !goes_on -> come_again()
        :: else -> skip
        fi
     fi
  fi
}

/* ── A task that shares the workers, and waits for something of its own ───────────────────────────────────────── */
bool task_waits, task_is_over;
byte task_fiber, task_ticket;

inline run_task(why, how) {
  qz_wait_announce(self);
  d_step { task_fiber = self; task_ticket = claim[self].epoch; task_waits = true }
  suspend(why, how);
  assert(why == EVENT);
  task_is_over = true
}

proctype TaskEvent() {
  byte how;
  task_waits;
  qz_wake(task_fiber, task_ticket, EVENT, how)
}

/* ── Workers' loops, each on a stack ──────────────────────────────────────────────────────────────────────────── */
proctype Stack(byte self) {
  byte r, m, why, how;
  bool goes_on;
end_spare:
  on[self];
  if  /* after_switch */
  :: left[self] ->
     r = left[self] - 1;
     left[self] = 0;
#ifndef waits_before_left
     d_step {
       qz_wait_commit(r, goes_on);
       owned = owned - carries[r];
       hands = hands + (carries[r] && !goes_on)
     }
     if
     :: goes_on -> skip
     :: else -> qz_ready(r, carries[r])
     fi;
#endif
     idles[self] = true
  :: else -> skip
  fi;
end_loop:
  do
  :: atomic { nempty(ready) && IS_FIRST_IDLE(self) -> ready?r; idles[self] = false }
     if
     :: r == ACTOR ->
        d_step { queued--; owned++; carries[self] = true; assert(!is_freed) }
        run_actor(goes_on, m, why, how)
#ifdef BYSTANDER
     :: r == TASK -> run_task(why, how)
#endif
     :: r < FIBERS ->  /* run_fiber */
        atomic {
          queued = queued - carries[r]; owned = owned + carries[r];
          assert(!on[r]); on[r] = true; on[self] = false; is_spare[self] = true; r = 0;
          goto end_spare
        }
     fi;
     d_step { r = 0; m = 0; why = 0; how = 0; goes_on = false; idles[self] = true }
  od
}

/* ── Those who send ───────────────────────────────────────────────────────────────────────────────────────────── */
proctype Caller(byte m) {
  byte old, f, ticket, how;
  send(m, old, f, ticket, how);
  d_step { old = 0; f = 0; ticket = 0; how = 0 }
  replied[m];
  release(old, f, ticket, how)
}

proctype Stopper(byte number) {
  byte old, f, ticket, how;
  signal(number, old, f, ticket, how);
  d_step { old = 0; f = 0; ticket = 0; how = 0 }
  stop_answered[number];
  release(old, f, ticket, how)
}

/* Ends all actors: refers to none, but finds them in the registry, and signals under its lock. */
proctype Shutdown(byte number) {
  byte old, f, ticket, how;
  atomic { !registry_locked -> registry_locked = true }
#ifdef signals_behind_the_lock
  registry_locked = false;
#endif
  if
  :: is_registered -> signal(number, old, f, ticket, how); registry_locked = false; stop_answered[number]
  :: else -> registry_locked = false; answer_stop(number)
  fi
}

proctype Signaller(byte s) {
  byte old, f, ticket, how;
  signal(s, old, f, ticket, how);
  release(old, f, ticket, how)
}

active proctype Monitor() {
end_watch:
  !is_freed && TOKENS != 1 -> assert(TOKENS == 1)
}

init {
  byte i = 1;
  atomic {
    ready!ACTOR;
    do
    :: i <= MESSAGES -> run Caller(i); i++
    :: else -> break
    od;
    i = 0;
    do
#ifdef REGISTRY
    :: i < STOPPERS -> run Shutdown(i); references--; i++
#else
    :: i < STOPPERS -> run Stopper(i); i++
#endif
    :: else -> break
    od;
#if KILLERS
    run Signaller(KILL);
#endif
#if NOTICES
    run Signaller(NOTICE);
#endif
#if EVENTS
    run Event();
#endif
#ifdef BACKOFF
    run Timer();
#endif
#ifdef BYSTANDER
    ready!TASK;
    run TaskEvent();
#endif
    i = 0;
    do
    :: i < FIBERS -> on[i] = (i < WORKERS); idles[i] = on[i]; is_spare[i] = (i >= WORKERS); run Stack(i); i++
    :: else -> break
    od
  }
}

ltl everybody_is_answered { <> (open == 0) }

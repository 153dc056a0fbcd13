/* Two actors that are linked while one of them ends: exit signals, a link to one that is dead, hooks that wait, and the
 * references that links and signals hold.
 *
 * There are no messages: an actor is its signals, so a mailbox is IDLE, SIGNAL and GONE. A worker that runs an
 * actor's hook waits in place; mailbox.pml has the stacks. Actor 1 hears exits if it TRAPS, in a hook that waits
 * (WAITS); only a stop can end that wait then. Actor 0 is killed; a STOPPER ends actor 1. LINKED: they are, from the
 * start. MONITORS: no link, actor 1 monitors actor 0.
 *
 *   signal      qz_actor_signal, qz_mailbox_signal  hear        hear, add_watch, forget_watch, hear_exit
 *   release     qz_actor_release                    die         qz_actor_die, tell_watchers
 *   Linker      qz_actor_link, qz_actor_monitor             Worker      run_actor, hear_all, is_to_be_freed
 *
 * An exit signal names who ended and does not hold him: his references may have gone before, and a count that rises
 * again from nothing ends the actor twice. */
#define ALIVE 0
#define DEAD 1
#define OTHER(a) (1 - a)
#define STOP 0
#define KILL 1
#define LINK 2
#define EXIT 3
#define UNREACHABLE 4

#ifdef MONITORS
#define TRAPS  /* word of the end of one that is monitored ends nobody */
#endif
#ifdef TRAPS
#define HAS_HOOK(a) (a == 1)
#else
#define HAS_HOOK(a) false
#endif

chan signals[2] = [6] of { byte };
chan hearing[2] = [6] of { byte };
chan ready = [2] of { byte };
bool idle[2] = true, has_signal[2], gone[2];
byte hands[2], queued[2], owned[2];
byte phase[2];
bool has_link[2];              /* life->watches has the other one */
byte references[2];
bool is_freed[2];
bool hook_waits[2], hook_claimed[2];
byte ends_signalled[2], exits_heard[2];
bool stop_answered, stop_listed;

#define TOKENS(a) (idle[a] + hands[a] + queued[a] + owned[a])
#define touch(a) assert(!is_freed[a])

inline qz_ready(a) {
  atomic { hands[a]--; queued[a]++; ready!a }
}

/* Ends the wait of a hook. */
inline interrupt(a) {
  d_step {
    touch(a);
    if
    :: hook_waits[a] -> hook_claimed[a] = true
    :: else -> skip
    fi
  }
}

inline mark(a, was_idle) {
  d_step { touch(a); was_idle = idle[a]; idle[a] = false; has_signal[a] = true; hands[a] = hands[a] + was_idle }
}

inline signal(a, kind, was_idle) {
  d_step { touch(a); signals[a]!kind; ends_signalled[a] = ends_signalled[a] + (kind <= KILL) }
  mark(a, was_idle);
  if
  :: was_idle -> qz_ready(a)
  :: !was_idle && kind <= KILL -> interrupt(a)
  :: else -> skip
  fi
}

inline retain(a) {
  d_step { touch(a); references[a]++ }
}

inline release(a, was_idle) {
  d_step {
    touch(a);
    references[a]--;
    was_idle = (references[a] == 0)
  }
  if
  :: was_idle ->
     d_step { touch(a); was_idle = idle[a]; idle[a] = false; gone[a] = true; hands[a] = hands[a] + was_idle }
     if
     :: was_idle -> qz_ready(a)
     :: else -> skip
     fi
  :: else -> skip
  fi
}

/* Tells each link, and gives it up. */
inline die(a, was_idle) {
  phase[a] = DEAD;
  if
  :: has_link[a] ->
#ifdef exit_holds_its_sender
     retain(a);
#endif
     signal(OTHER(a), EXIT, was_idle);
     has_link[a] = false;
     release(OTHER(a), was_idle)
  :: else -> skip
  fi;
  if
  :: a == 1 && stop_listed -> stop_listed = false; stop_answered = true
  :: else -> skip
  fi
}

/* Waits for something that never comes, if there is a stop to end it: announce, look at the signals, wait. */
inline call_on_exit(a) {
  exits_heard[a]++;
#ifdef MONITORS
  assert(exits_heard[a] == 1);
#endif
#ifdef WAITS
  hook_waits[a] = true;
  if
#ifdef taken_signals_are_forgotten
  :: ends_signalled[a] -> skip
#else
  :: ends_signalled[a] || hearing[a] ?? [STOP] || hearing[a] ?? [KILL] -> skip
#endif
  :: hook_claimed[a] -> skip
  fi;
  d_step { hook_waits[a] = false; hook_claimed[a] = false }
#endif
}

inline hear_exit(a, was_idle) {
  if
  :: has_link[a] -> has_link[a] = false; release(OTHER(a), was_idle)
  :: else -> skip
  fi;
  if
  :: phase[a] != DEAD && HAS_HOOK(a) -> call_on_exit(a)
  :: phase[a] != DEAD && !HAS_HOOK(a) -> exits_heard[a]++; die(a, was_idle)
  :: else -> skip
  fi
#ifdef exit_holds_its_sender
  ; release(OTHER(a), was_idle)
#endif
}

inline add_link(a, was_idle) {
  if
  :: phase[a] == DEAD ->  /* the other one learns it at once */
#ifdef dead_hears_no_link
     release(OTHER(a), was_idle)
#else
#ifdef exit_holds_its_sender
     retain(a);
#endif
     signal(OTHER(a), EXIT, was_idle);
     release(OTHER(a), was_idle)
#endif
  :: else -> has_link[a] = true
  fi
}

inline hear(a, kind, was_idle) {
  if
  :: kind == LINK -> add_link(a, was_idle)
  :: kind == EXIT -> hear_exit(a, was_idle)
  :: kind == KILL && phase[a] != DEAD -> die(a, was_idle)
  :: kind == STOP ->
     if
     :: phase[a] == DEAD -> stop_answered = true
     :: else -> stop_listed = true; die(a, was_idle)
     fi
  :: else -> skip
  fi
}

proctype Worker() {
  byte a, kind;
  bool was_idle, was_gone;
end_loop:
  do
  :: atomic { ready?a -> queued[a]--; owned[a]++; touch(a) }
     d_step { was_gone = gone[a]; has_signal[a] = false }  /* what was signalled before GONE is heard in this run */
     d_step {
       do
       :: signals[a]?kind -> hearing[a]!kind
       :: empty(signals[a]) -> break
       od;
       ends_signalled[a] = 0
     }
     do
     :: hearing[a]?kind -> hear(a, kind, was_idle)
     :: empty(hearing[a]) -> break
     od;
     kind = 0;
     if
     :: was_gone && phase[a] == ALIVE ->
        die(a, was_idle)
     :: else -> skip
     fi;
     d_step {
       if
       :: was_gone -> is_freed[a] = true; was_idle = true
       :: !has_signal[a] && !gone[a] -> idle[a] = true; was_idle = true
       :: else -> hands[a]++; was_idle = false
       fi;
       owned[a]--
     }
     if
     :: !was_idle -> qz_ready(a)
     :: else -> skip
     fi;
     d_step { a = 0; was_idle = false; was_gone = false }
  od
}

proctype Linker() {
  bool was_idle;
  retain(1);
  signal(0, LINK, was_idle);
#ifndef MONITORS
  retain(0);
  signal(1, LINK, was_idle);
#endif
  release(0, was_idle);
  release(1, was_idle)
}

proctype Ender(byte a, kind) {
  bool was_idle;
  signal(a, kind, was_idle);
  if
  :: kind == STOP -> stop_answered
  :: else -> skip
  fi;
  release(a, was_idle)
}

active proctype Monitor() {
end_watch:
  if
  :: !is_freed[0] && TOKENS(0) != 1 -> assert(false)
  :: !is_freed[1] && TOKENS(1) != 1 -> assert(false)
  fi
}

init {
  atomic {
    references[0] = 2; references[1] = 1;
    run Worker(); run Worker();
#ifdef LINKED
    has_link[0] = true; has_link[1] = true;
    references[0] = 2; references[1] = 1;
#else
    run Linker();
#endif
    run Ender(0, KILL);
#ifdef STOPPER
    references[1]++;
    run Ender(1, STOP)
#endif
  }
}

/* Actor 0 was killed: actor 1 hears of it, or had ended; and nothing of them is left. */
#ifdef STOPPER
ltl all_ends { <> (is_freed[0] && is_freed[1] && stop_answered) }
#else
ltl all_ends { <> (is_freed[0] && is_freed[1] && exits_heard[1]) }
#endif

/* One direction of a descriptor (runtime/sched/poll.c, io.c): READERS that each take one of what comes, a source, and
 * who polls. Some readers have deadlines, and wait for something else before they try again.
 *
 *   Reader   qz_io_read (look, call), qz_poll_wait (put_in, take_out)      claim   claim of poll.c
 *   Poller   deliver_to                                                    Source  the system: data, and its edges
 *
 * The system tells an edge only where it must: when something comes and there was nothing. The steps between announcing
 * and waiting are those of waiter.pml, and left out. */
#ifndef READERS
#define READERS 2
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 0        /* of each reader but the first */
#endif
#ifndef AT_ONCE
#define AT_ONCE 1         /* how much comes at a time */
#endif

#define FIRST 20          /* in the word: from here on how many events came; below, a fiber and 1 */
#define IS_FIBER(x) (x < FIRST)

#define RUNS 0
#define WAITS 1
#define CLAIMED 2

byte word = FIRST, told = FIRST;
byte data, left = READERS;
bool has_edge;
byte state[READERS], epoch[READERS];
bool awaits[READERS];     /* this word */
byte done;

/* The claim word is read, then what the fiber awaits, then the claim is tried. */
inline claim(f) {
  d_step { ticket = epoch[f]; stands = (state[f] == WAITS) }
#ifndef ends_any_wait
  stands = stands && awaits[f];
#endif
  d_step {
    if
    :: stands && state[f] == WAITS && epoch[f] == ticket -> state[f] = CLAIMED
    :: else -> skip
    fi;
    stands = false; ticket = 0
  }
}

#ifdef look_not_compared
#define GIVES_PLACE true
#else
#define GIVES_PLACE (IS_FIBER(seen) || seen == look)
#endif

inline put_in() {
  seen = word;
  do
  :: GIVES_PLACE && !is_in ->
     d_step {
       if
#ifdef waiter_stored
       :: true -> word = self; is_in = true
#else
       :: word == seen -> word = self; is_in = true
#endif
       :: else -> seen = word
       fi
     }
  :: else -> break
  od
}

inline take_out() {
  d_step {
    if
    :: word == self -> word = seen; seen = FIRST
    :: else -> skip
    fi
  }
#ifndef hands_nothing_on
  if
  :: IS_FIBER(seen) -> claim(seen)
  :: else -> skip
  fi
#endif
}

/* A wait for something else, which only its own event ends. */
inline wait_elsewhere() {
  state[self] = WAITS;
  d_step { assert(state[self] == WAITS); state[self] = RUNS; epoch[self]++ }
}

proctype Reader(byte self; byte patience) {
  byte look, seen, ticket;
  bool is_in, stands, has_taken, is_late;
  do
  :: look = word;
     d_step {
       if
       :: data -> data--; has_taken = true
       :: else -> skip
       fi
     }
     if
     :: has_taken -> break
     :: else -> skip
     fi;
     awaits[self] = true;
     state[self] = WAITS;
     put_in();
     if
     :: !is_in -> skip                                     /* claims itself */
     :: is_in && state[self] == CLAIMED -> skip
     :: atomic { is_in && patience && state[self] == WAITS -> patience--; is_late = true }
     fi;
     d_step { state[self] = RUNS; epoch[self]++ }
     if
     :: is_in -> take_out()
     :: else -> skip
     fi;
     awaits[self] = false;
     if
     :: is_late -> wait_elsewhere()
     :: else -> skip
     fi;
     d_step { is_in = false; is_late = false; look = 0; seen = 0 }
  od;
  done++
}

proctype Poller() {
  byte seen, ticket;
  bool stands;
  do
  :: atomic { has_edge && data -> has_edge = false; told++ }
     seen = word;
     do
     :: d_step { word == seen ->
#ifdef edge_forgotten
          word = (IS_FIBER(seen) -> told : seen)
#else
          word = told
#endif
        };
        break
     :: else -> seen = word
     od;
     if
     :: IS_FIBER(seen) -> claim(seen)
     :: else -> skip
     fi;
     seen = 0
  :: atomic { has_edge && !data -> has_edge = false }      /* an edge behind which nothing is left is not told */
  :: done == READERS -> break
  od
}

proctype Source() {
  byte size;
  do
  :: left ->
     d_step {
       size = (left < AT_ONCE -> left : AT_ONCE);
       has_edge = (has_edge || data == 0);
       data = data + size; left = left - size; size = 0
     }
  :: else -> break
  od
}

init {
  byte i = 0;
  atomic {
    do
    :: i < READERS -> run Reader(i, (i -> TIMEOUTS : 0)); i++
    :: else -> break
    od;
    run Poller();
    run Source()
  }
}

ltl everybody_reads { <> (done == READERS) }

%% Actors that have begun and wait for a message, with 40 bytes of state: the time to start one in memory that the
%% process never used, its bytes, the time to stop it, and to start one in the memory that the stopped ones had. They
%% hibernate, which is how Erlang keeps what is idle for long.
-module(actors).
-export([run/1, idle/1]).

run(Count) ->
    Before = figure:resident(),
    {Actors, Untouched} = start(Count),
    erlang:garbage_collect(),
    figure:each("start_untouched", Count, Untouched),
    figure:bytes("idle", Count, Before),
    figure:each("stop", Count, figure:took(fun() -> stop(Actors, latch:new(Count)) end)),
    {_, Touched} = start(Count),
    figure:each("start_touched", Count, Touched).

start(Count) ->
    All = latch:new(Count),
    Begin = figure:clock(),
    Actors = [spawn(fun() -> act(All, Number) end) || Number <- lists:seq(1, Count)],
    latch:wait(All),
    {Actors, figure:clock() - Begin}.

%% Each is told to stop, and all have.
stop(Actors, All) ->
    [Actor ! {stop, All} || Actor <- Actors],
    latch:wait(All).

act(All, Number) ->
    latch:down(All),
    wait({Number, 0, 0, 0}).

wait(State) -> erlang:hibernate(?MODULE, idle, [State]).

idle(State) ->
    receive
        {stop, All} -> latch:down(All);
        {add, Place, Value} -> wait(setelement(Place, State, element(Place, State) + Value))
    end.

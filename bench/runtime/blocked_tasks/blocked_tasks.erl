%% Processes that wait in the middle of a call for an answer that does not come: the bytes of one.
-module(blocked_tasks).
-export([run/1]).

run(Count) ->
    All = latch:new(Count),
    Server = spawn_link(fun() -> serve(All) end),
    Before = figure:resident(),
    [spawn_link(fun() -> ask(Server, Task) end) || Task <- lists:seq(1, Count)],
    latch:wait(All),
    figure:bytes("blocked", Count, Before).

serve(All) ->
    receive {request, _From, _Value} -> latch:down(All) end,
    serve(All).

ask(Server, Value) ->
    Server ! {request, self(), Value},
    receive {answer, Answer} -> Value + Answer end.

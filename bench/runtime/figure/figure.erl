%% What the Erlang twins share: how they begin, the lines they print, the memory they have.
-module(figure).
-export([main/1, print/3, each/3, late/4, took/1, clock/0, resident/0, bytes/3]).

%% `erl -run figure main NAME COUNT` runs NAME:run(COUNT), without COUNT NAME:run(); the status says whether it ended
%% well.
main([Name | Counts]) ->
    {_, Monitor} = spawn_monitor(list_to_atom(Name), run, [list_to_integer(Count) || Count <- Counts]),
    receive
        {'DOWN', Monitor, process, _, normal} -> halt(0);
        {'DOWN', Monitor, process, _, Reason} ->
            io:format(standard_error, "~s: ~p~n", [Name, Reason]),
            halt(1)
    end.

%% A figure as the harness reads it.
print(Name, Value, Unit) -> io:format("~s ~.3f ~s~n", [Name, float(Value), Unit]).

%% The time of one of Count, which took Nanoseconds together.
each(Name, Count, Nanoseconds) -> print(Name, Nanoseconds / Count, "ns").

%% The median and the 99th percentile of nanoseconds, in a unit of so many.
late(Name, Times, Unit, UnitName) ->
    Sorted = list_to_tuple(lists:sort(Times)),
    [begin
         At = element((tuple_size(Sorted) - 1) * Percent div 100 + 1, Sorted),
         print(io_lib:format("~s_~b", [Name, Percent]), At / Unit, UnitName)
     end || Percent <- [50, 99]].

took(Body) ->
    Begin = clock(),
    Body(),
    clock() - Begin.

clock() -> erlang:monotonic_time(nanosecond).

%% The physical memory of the process in bytes.
resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = binary:split(Text, <<" ">>, [global]),
    binary_to_integer(Pages) * 4096.

%% What each of Count added to the physical memory.
bytes(Name, Count, Before) -> print(Name, (resident() - Before) / Count, "B").

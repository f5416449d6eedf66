(* Reads a case from a file, has an extracted checker judge it, and prints "accepted" (exit code 0) or "rejected" (1).

   A case is text, a line for each row: words, or numbers with one space between them (docs/machine-proofs.md). What
   was read is printed again and compared with the file, byte by byte: a reader that misunderstands a case is noticed,
   whatever it does, as long as what is printed means what it says. Anything else is "unreadable", exit code 2. *)

exception Unreadable of int * string

let () = Gc.set { (Gc.get ()) with minor_heap_size = 1 lsl 22; space_overhead = 1000 }

let text =
  try
    let channel = open_in_bin Sys.argv.(1) in
    let length = in_channel_length channel in
    let text = really_input_string channel length in
    close_in channel; text
  with _ -> prerr_endline "unreadable: expected the name of a file"; exit 2

(* Reading: the next line is that from !at on. *)

let at = ref 0
let count = ref 0

let fail expected = raise (Unreadable (!count, expected))

let line () =
  incr count;
  match String.index_from_opt text !at '\n' with
  | None -> fail "a line"
  | Some stop -> let start = !at in at := stop + 1; (start, stop)

let integer start stop =
  let digits = if start < stop && text.[start] = '-' then start + 1 else start in
  if digits = stop then fail "a number";
  for i = digits to stop - 1 do if text.[i] < '0' || text.[i] > '9' then fail "a digit" done;
  if stop - start > 17 then Z.of_substring text ~pos:start ~len:(stop - start)
  else begin
    let value = ref 0 in
    for i = digits to stop - 1 do value := 10 * !value + Char.code text.[i] - 48 done;
    Z.of_int (if digits > start then - !value else !value)
  end

(* From the last number to the first, so that the list is built without a stack. *)
let numbers start stop =
  if start = stop then []
  else begin
    let rec back i stop tail =
      if i < start || text.[i] = ' ' then
        let list = integer (i + 1) stop :: tail in
        if i < start then list else back (i - 1) i list
      else back (i - 1) stop tail in
    back (stop - 1) stop []
  end

let keyword word =
  let (start, stop) = line () in
  if String.sub text start (stop - start) <> word then fail word

(* Places are Coq's binary numbers, each made once: twice a place, or one more, is one block on top of it. *)
let made = ref [| BinNums.Coq_xH |]

let rec place_of n =
  if n < Array.length !made then !made.(n)
  else begin
    let before = !made in
    let length = 2 * Array.length before in
    let all = Array.make length BinNums.Coq_xH in
    Array.blit before 0 all 0 (Array.length before);
    for i = Int.max 2 (Array.length before) to length - 1 do
      all.(i) <- if i land 1 = 1 then BinNums.Coq_xI all.(i / 2) else BinNums.Coq_xO all.(i / 2)
    done;
    made := all;
    place_of n
  end

(* A state has a line, so its number is smaller than the file. *)
let place z =
  if Z.sign z <= 0 || Z.gt z (Z.of_int (String.length text)) then fail "the number of a state or a class"
  else place_of (Z.to_int z)

let entries_of list =
  let rec pairs found = function
    | t :: w :: rest -> pairs ((place t, w) :: found) rest
    | [] -> List.rev found
    | [_] -> fail "pairs of a place and a number" in
  pairs [] list

let after_word word =
  let (start, stop) = line () in
  let length = String.length word in
  if stop - start < length || String.sub text start length <> word then fail word;
  if stop - start = length then []
  else if text.[start + length] <> ' ' then fail word
  else numbers (start + length + 1) stop

let one word = match after_word word with [n] -> n | _ -> fail "one number"

let size word =
  let n = one word in
  if Z.sign n < 0 || Z.gt n (Z.of_int (String.length text)) then fail "a size" else Z.to_int n

let list length read =
  let rec go i found = if i = 0 then List.rev found else go (i - 1) (read () :: found) in
  go length []

(* The values of a state's columns, then its row. *)
let state columns =
  let (start, stop) = line () in
  let rec split i values rest =
    if i = 0 then (List.rev values, entries_of rest)
    else match rest with v :: rest -> split (i - 1) (v :: values) rest | [] -> fail "a value for each column" in
  split columns [] (numbers start stop)

let model () =
  let below = one "below" in
  let columns = after_word "columns" in
  let many = List.length columns in
  let length = size "states" in
  let states = list length (fun () -> state many) in
  let start = match after_word "start" with [] -> None | below :: row -> Some (below, entries_of row) in
  { Sparse_chain_checker.below; columns; states; start }

let numbered word = List.rev (List.rev_map place (after_word word))

(* States with the columns and the start, then choices with rows, of which every one has an owner. *)
let process () =
  let nodes = model () in
  let owners = numbered "owners" in
  let choices = model () in
  { Sparse_process_checker.nodes; owners; choices }

(* What became of inputs and neurons: 0 is dropped, "1 k" constant, "2 c k" k times neuron c of the reduced layer. *)
let places () =
  let open Sparse_network_checker in
  let rec go found = function
    | kind :: rest when Z.equal kind Z.zero -> go (Dropped :: found) rest
    | kind :: k :: rest when Z.equal kind Z.one -> go (Constant k :: found) rest
    | kind :: c :: k :: rest when Z.equal kind (Z.of_int 2) -> go (Merged (place c, k) :: found) rest
    | [] -> List.rev found
    | _ -> fail "places" in
  match after_word "places" with below :: rest -> (below, go [] rest) | [] -> fail "a denominator"

let layer () =
  let neuron () =
    let (start, stop) = line () in
    match numbers start stop with bias :: row -> (entries_of row, bias) | [] -> fail "a bias" in
  let den = one "below" in
  let relu = match one "relu" with z when Z.equal z Z.one -> true | z when Z.equal z Z.zero -> false | _ -> fail "0 or 1" in
  let neurons = list (size "neurons") neuron in
  { Sparse_network_checker.den; relu; neurons }

(* A box, and a tree of splits in preorder: 0 is a leaf, i halves input i, from 1. *)
let rec nat_of n = if n = 0 then Datatypes.O else Datatypes.S (nat_of (n - 1))

let interval () =
  let (start, stop) = line () in
  match numbers start stop with [low; high; below] -> ((low, high), below) | _ -> fail "two ends and a denominator"

let splits inputs =
  let rec tree = function
    | i :: rest when Z.equal i Z.zero -> (Difference_checker.Whole, rest)
    | i :: rest when Z.sign i > 0 && Z.leq i (Z.of_int inputs) ->
      let (lower, rest) = tree rest in
      let (upper, rest) = tree rest in
      (Difference_checker.Halved (nat_of (Z.to_int i - 1), lower, upper), rest)
    | _ -> fail "a tree of splits" in
  match tree (after_word "splits") with (read, []) -> read | _ -> fail "the end of the tree"

(* Printing: items of a line, with one space between them. *)

let out = Buffer.create (String.length text + 1)
let first = ref true

let item word =
  if not !first then Buffer.add_char out ' ';
  first := false;
  Buffer.add_string out word

let end_line () = Buffer.add_char out '\n'; first := true

let rec number_of = function
  | BinNums.Coq_xH -> 1
  | BinNums.Coq_xO p -> 2 * number_of p
  | BinNums.Coq_xI p -> 2 * number_of p + 1

let print_place p = item (string_of_int (number_of p))
let print_integer z = item (if Z.fits_int z then string_of_int (Z.to_int z) else Z.to_string z)
let print_entries row = List.iter (fun (t, w) -> print_place t; print_integer w) row
let print_line word list = item word; List.iter print_integer list; end_line ()
let print_numbered word list = item word; List.iter print_place list; end_line ()

let print_model { Sparse_chain_checker.below; columns; states; start } =
  print_line "below" [below];
  print_line "columns" columns;
  print_line "states" [Z.of_int (List.length states)];
  List.iter (fun (values, row) -> List.iter print_integer values; print_entries row; end_line ()) states;
  item "start";
  (match start with None -> () | Some (below, row) -> print_integer below; print_entries row);
  end_line ()

let print_process { Sparse_process_checker.nodes; owners; choices } =
  print_model nodes;
  print_numbered "owners" owners;
  print_model choices

let print_places (below, places) =
  item "places"; print_integer below;
  List.iter (function
    | Sparse_network_checker.Dropped -> item "0"
    | Sparse_network_checker.Constant k -> item "1"; print_integer k
    | Sparse_network_checker.Merged (c, k) -> item "2"; print_place c; print_integer k) places;
  end_line ()

let print_layer { Sparse_network_checker.den; relu; neurons } =
  print_line "below" [den];
  print_line "relu" [if relu then Z.one else Z.zero];
  print_line "neurons" [Z.of_int (List.length neurons)];
  List.iter (fun (row, bias) -> print_integer bias; print_entries row; end_line ()) neurons

let rec int_of = function Datatypes.O -> 0 | Datatypes.S n -> 1 + int_of n

let print_interval ((low, high), below) = List.iter print_integer [low; high; below]; end_line ()

let rec print_splits = function
  | Difference_checker.Whole -> item "0"
  | Difference_checker.Halved (i, lower, upper) ->
    item (string_of_int (int_of i + 1)); print_splits lower; print_splits upper

(* The kinds of cases: each is read, printed again, and judged. *)

let chain word scaled judge =
  let classes = numbered "classes" in
  let scales = if scaled then after_word "scales" else [] in
  let original = model () in
  let reduced = model () in
  item word; end_line ();
  print_numbered "classes" classes;
  if scaled then print_line "scales" scales;
  print_model original;
  print_model reduced;
  fun () -> judge scales classes original reduced

let divided judge = function
  | below :: scales -> judge below scales
  | [] -> fail "a denominator"

let process_case word judge =
  let classes = numbered "classes" in
  let choices = numbered "choices" in
  let original = process () in
  let reduced = process () in
  item word; end_line ();
  print_numbered "classes" classes;
  print_numbered "choices" choices;
  print_process original;
  print_process reduced;
  fun () -> judge classes choices original reduced

let bound_of_values () =
  let over = one "over" in
  let values = after_word "values" in
  let claimed = match after_word "claimed" with [above; below] -> (above, below) | _ -> fail "two numbers" in
  { Sparse_reachability_checker.over; values; claimed }

let print_bound { Sparse_reachability_checker.over; values; claimed } =
  print_line "over" [over];
  print_line "values" values;
  print_line "claimed" [fst claimed; snd claimed]

let bound word judge =
  let classes = numbered "classes" in
  let original = model () in
  let reduced = model () in
  let bound = bound_of_values () in
  item word; end_line ();
  print_numbered "classes" classes;
  print_model original;
  print_model reduced;
  print_bound bound;
  fun () -> judge classes original reduced bound

let process_bound word judge =
  let classes = numbered "classes" in
  let choices = numbered "choices" in
  let original = process () in
  let reduced = process () in
  let bound = bound_of_values () in
  item word; end_line ();
  print_numbered "classes" classes;
  print_numbered "choices" choices;
  print_process original;
  print_process reduced;
  print_bound bound;
  fun () -> judge classes choices original reduced bound

let all read = list (size "layers") read

let networks () =
  let inputs = places () in
  let original = all (fun () -> let read = layer () in (read, places ())) in
  let reduced = all layer in
  (inputs, original, reduced)

let print_networks (inputs, original, reduced) =
  print_places inputs;
  print_line "layers" [Z.of_int (List.length original)];
  List.iter (fun (read, places) -> print_layer read; print_places places) original;
  print_line "layers" [Z.of_int (List.length reduced)];
  List.iter print_layer reduced

let network word judge =
  let (inputs, original, reduced) as read = networks () in
  item word; end_line ();
  print_networks read;
  fun () -> judge (List.map fst original) reduced (inputs :: List.map snd original)

(* The numbers of zonotopes, epsilon, a box and how it is split. *)
let search () =
  let units = one "units" in
  let scale = one "scale" in
  let tiny = one "tiny" in
  let (above, under) = match after_word "epsilon" with [a; u] -> (a, u) | _ -> fail "a numerator and a denominator" in
  let more = size "more" in
  let box = list (size "box") interval in
  let tree = splits (List.length box) in
  ({ Difference_layers.units; scale; tiny }, { Difference_layers.above; under }, more, box, tree)

let print_search ({ Difference_layers.units; scale; tiny }, { Difference_layers.above; under }, more, box, tree) =
  print_line "units" [units]; print_line "scale" [scale]; print_line "tiny" [tiny];
  print_line "epsilon" [above; under];
  print_line "more" [Z.of_int more];
  print_line "box" [Z.of_int (List.length box)];
  List.iter print_interval box;
  item "splits"; print_splits tree; end_line ()

(* What became of neurons of the original, a line for each: nothing, or the constant, how many of the pairs that follow are
   of its own layer, and pairs. *)
let fates () =
  let open Substitution_sums in
  let fate () =
    let (start, stop) = line () in
    let rec split i own = function
      | rest when i = 0 -> (List.rev own, rest)
      | pair :: rest -> split (i - 1) (pair :: own) rest
      | [] -> fail "as many pairs as are counted" in
    match numbers start stop with
    | [] -> Unread
    | k :: many :: rest when Z.sign many >= 0 && Z.leq many (Z.of_int (stop - start)) ->
      let (own, before) = split (Z.to_int many) [] (entries_of rest) in Sum (own, before, k)
    | _ -> fail "a constant and a number of pairs" in
  let over = one "over" in
  (over, list (size "fates") fate)

let print_fates (over, fates) =
  print_line "over" [over];
  print_line "fates" [Z.of_int (List.length fates)];
  List.iter (fun fate ->
    (match fate with
     | Substitution_sums.Unread -> ()
     | Substitution_sums.Sum (own, before, k) ->
       print_integer k; print_integer (Z.of_int (List.length own)); print_entries own; print_entries before);
    end_line ()) fates

(* A network that is lumped first, what becomes of the lumped one, and the reduced network. *)
let substitution word judge =
  let (places, original, lumped) as lumping = networks () in
  let units = one "units" in
  let box = list (size "box") interval in
  let fates = all fates in
  let reduced = all layer in
  item word; end_line ();
  print_networks lumping;
  print_line "units" [units];
  print_line "box" [Z.of_int (List.length box)];
  List.iter print_interval box;
  print_line "layers" [Z.of_int (List.length fates)];
  List.iter print_fates fates;
  print_line "layers" [Z.of_int (List.length reduced)];
  List.iter print_layer reduced;
  fun () -> judge units box (List.map fst original) lumped reduced (places :: List.map snd original) fates

let difference word judge =
  let (precision, bound, more, box, tree) as read_search = search () in
  let partners () = List.rev (List.rev_map place (after_word "partners")) in
  let original = all layer in
  let reduced = all (fun () -> let read = layer () in (read, partners ())) in
  item word; end_line ();
  print_search read_search;
  print_line "layers" [Z.of_int (List.length original)];
  List.iter print_layer original;
  print_line "layers" [Z.of_int (List.length reduced)];
  List.iter (fun (read, ms) -> print_layer read; item "partners"; List.iter print_place ms; end_line ()) reduced;
  fun () -> judge precision bound original (List.map fst reduced) (List.map snd reduced) (nat_of more) tree box

(* Half-spaces: the right side over a denominator, and a row of outputs. *)
let property () =
  let half_space () =
    let (start, stop) = line () in
    match numbers start stop with most :: row -> (entries_of row, most) | [] -> fail "a right side" in
  let over = one "over" in
  { Output_checker.over; half_spaces = list (size "half_spaces") half_space }

let print_property { Output_checker.over; half_spaces } =
  print_line "over" [over];
  print_line "half_spaces" [Z.of_int (List.length half_spaces)];
  List.iter (fun (row, most) -> print_integer most; print_entries row; end_line ()) half_spaces

let output word judge =
  let (inputs, original, reduced) as read = networks () in
  let (precision, margin, more, box, tree) as read_search = search () in
  let wanted = property () in
  item word; end_line ();
  print_networks read;
  print_search read_search;
  print_property wanted;
  let places = inputs :: List.map snd original in
  fun () -> judge precision margin (List.map fst original) reduced places wanted (nat_of more) tree box

let case () =
  let (start, stop) = line () in
  match String.sub text start (stop - start) with
  | "chain ordinary" as word -> chain word false (fun _ -> Sparse_chain_checker.check_ordinary)
  | "chain exact" as word -> chain word true Sparse_kinds_checker.check_exact
  | "chain strict" as word -> chain word true Sparse_kinds_checker.check_strict
  | "chain proportional" as word -> chain word true (divided Sparse_kinds_checker.check_proportional)
  | "process" as word -> process_case word Sparse_process_checker.check_process
  | "bound" as word -> bound word Sparse_reachability_checker.check_bound
  | "bound largest" as word -> process_bound word (Sparse_process_reachability_checker.check_process_bound true)
  | "bound smallest" as word -> process_bound word (Sparse_process_reachability_checker.check_process_bound false)
  | "network" as word -> network word Sparse_network_checker.check_network
  | "difference" as word -> difference word Difference_checker.check_difference
  | "output" as word -> output word Output_checker.check_output
  | "substitution" as word -> substitution word Substitution_checker.check_reduction
  | _ -> fail "a kind of case"

let () =
  match
    let judge = case () in
    keyword "end";
    item "end"; end_line ();
    if !at <> String.length text || Buffer.contents out <> text then fail "what the case says, printed again";
    judge ()
  with
  | true -> print_endline "accepted"
  | false -> print_endline "rejected"; exit 1
  | exception Unreadable (line, expected) ->
    Printf.eprintf "unreadable: line %d: expected %s\n" line expected; exit 2

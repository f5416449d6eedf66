(* A verified checker for networks in which neurons are linear functions of others.

   The original has fully connected layers of integers over one denominator each, ReLU or none (sparse_network_checker.v).
   In the reduced network a layer may read every node before it (skipping_layers.v). What became of neurons are sums
   (substitution_sums.v), which are judged neuron by neuron (substitution_rules.v), layer by layer.

   Notations
     check_substitution u b N M ps
                             the checker; bounds are multiples of 1 / u
     check_reduction         the checker behind that of sparse_network_checker.v

   Main statements
     substituted_network     if it accepts, both networks have equal outputs on every real input in the box
     reduction_checked       the same for a network that was lumped first
     reduction_everywhere    the same without a box *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require Import chain_checker maps sparse_network_checker skipping_layers substitution_sums
  substitution_rules.
Import ListNotations.
Local Open Scope R_scope.

Fixpoint check_fates (judge : neuron -> fate -> bool) (ns : list neuron) (ps : list fate) : bool :=
  match ns, ps with
  | [], [] => true
  | n :: ns', p :: ps' => judge n p && check_fates judge ns' ps'
  | _, _ => false
  end.

(* Entry i of a list is node t + i. *)
Fixpoint are_nodes (t : positive) (q : Z) (ps : list fate) : bool :=
  match ps with
  | [] => true
  | Sum [(c, k)] [] z :: ps' =>
      match order c t with Same => true | _ => false end && Z.eqb k q && Z.eqb z 0 && are_nodes (next t) q ps'
  | _ => false
  end.

Fixpoint after {A : Type} (t : positive) (l : list A) : positive :=
  match l with [] => t | _ :: l' => after (next t) l' end.

Fixpoint first_output (t : positive) (ls : list layer) : positive :=
  match ls with
  | [] => t
  | l :: ls' => match ls' with [] => t | _ :: _ => first_output (after t (neurons l)) ls' end
  end.

Fixpoint last_layer (ls : list layer) : list neuron :=
  match ls with
  | [] => []
  | l :: ls' => match ls' with [] => neurons l | _ :: _ => last_layer ls' end
  end.

Fixpoint check_from (u : Z) (inner : tree interval) (nodes : tree (option node)) (first : positive) (final : list neuron)
    (ls : list layer) (outer : list interval) (q : Z) (before : list fate) (ps : list (Z * list fate)) : bool :=
  match ls, ps with
  | l :: rest, (q', now) :: ps' =>
      let m := numbered outer in
      let K := Known u m inner in
      Z.ltb 0 (den l) && Z.ltb 0 q && Z.ltb 0 q'
      && check_fates (check_fate K (relu l) (den l) q q' (numbered before) nodes) (neurons l) now
      && match rest, ps' with
         | [], [] => are_nodes first q' now && same_length (neurons l) final
         | _, _ =>
             check_from u inner nodes first final rest (map (bound_node u m) (nodes_of l)) q' now ps'
         end
  | _, _ => false
  end.

Definition check_substitution (u : Z) (b : box) (ls ls' : list layer) (ps : list (Z * list fate)) : bool :=
  match ps with
  | [] => false
  | (q, inputs) :: ps' =>
      let start := input_bounds u inputs b in
      let no_node := map (fun _ => None) inputs in
      Z.ltb 0 u && are_nodes 1 q inputs && check_reads tt (map (fun _ => tt) inputs) ls'
      && match ls' with [] => false | _ :: _ => true end
      && check_from u (numbered (bounds u start ls')) (numbered (no_node ++ map Some (nodes ls')))
           (first_output (after 1 inputs) ls') (last_layer ls') ls start q inputs ps'
  end.

Lemma check_fates_spec judge ns ps : check_fates judge ns ps = true ->
  length ns = length ps /\ forall i p, nth_error ps i = Some p -> exists n, nth_error ns i = Some n /\ judge n p = true.
Proof.
  revert ps. induction ns as [|n ns IH]; intros [|p ps] ok; simpl in ok; try discriminate.
  - split; [reflexivity|]. intros [|i] p E; discriminate.
  - apply andb_prop in ok. destruct ok as [one ok]. apply IH in ok. destruct ok as [len all].
    split; [simpl; lia|]. intros [|i] p' E; [injection E as <-; exists n; split; [reflexivity | exact one] | exact (all i p' E)].
Qed.

(* Numbers of nodes. *)
Lemma are_nodes_at t q ps : are_nodes t q ps = true -> forall i p, nth_error ps i = Some p ->
  p = Sum [(Pos.of_succ_nat (pred (Pos.to_nat t) + i), q)] [] 0.
Proof.
  revert t. induction ps as [|p ps IH]; intros t ok i p' E; [destruct i; discriminate|].
  simpl in ok. destruct p as [[|[c k] [|? ?]] [|? ?] z |]; try discriminate.
  apply andb_prop in ok. destruct ok as [ok rest]. apply andb_prop in ok. destruct ok as [ok zero].
  apply andb_prop in ok. destruct ok as [same one]. destruct i as [|i].
  - injection E as <-. apply Z.eqb_eq in one, zero. destruct (order c t) eqn:O; try discriminate.
    apply order_eq in O. subst. do 4 f_equal. lia.
  - rewrite (IH _ rest i p' E), next_succ. do 4 f_equal. lia.
Qed.

Lemma are_nodes_spec t q ps Y x : are_nodes t q ps = true -> (0 < q)%Z -> stand q ps Y x ->
  forall j, (Pos.to_nat j <= length ps)%nat -> x j = Y (Pos.of_succ_nat (pred (Pos.to_nat t) + pred (Pos.to_nat j))).
Proof.
  intros ok Q L j within. destruct (nth_error ps (pred (Pos.to_nat j))) as [p|] eqn:E; [|apply nth_error_None in E; lia].
  pose proof (L _ _ E) as P. apply (are_nodes_at _ _ _ ok) in E. subst p. simpl in P. apply IZR_lt in Q.
  apply (Rmult_eq_reg_l (IZR q)); [|lra]. lra.
Qed.

Lemma after_length A t (l : list A) : Pos.to_nat (after t l) = (Pos.to_nat t + length l)%nat.
Proof. revert t. induction l as [|a l IH]; intros t; simpl; [lia|]. rewrite IH, next_succ. lia. Qed.

Lemma outputs_are n t ls Y x j : ls <> [] -> Pos.to_nat t = S n -> (forall s, values n ls x s = Y s) ->
  outputs n ls x j = Y (Pos.of_succ_nat (pred (Pos.to_nat (first_output t ls)) + pred (Pos.to_nat j))).
Proof.
  revert n t x. induction ls as [|l ls IH]; intros n t x some T same; [contradiction|].
  destruct ls as [|l2 ls].
  - rewrite <- same. simpl. rewrite T. unfold extend. rewrite SuccNat2Pos.id_succ.
    replace (Nat.leb (S (pred (S n) + pred (Pos.to_nat j))) n) with false by (symmetry; apply Nat.leb_gt; lia).
    f_equal. lia.
  - apply (IH (n + length (neurons l))%nat (after t (neurons l)) (extend n l x));
      [discriminate | rewrite after_length; lia | exact same].
Qed.

Lemma outputs_beyond n ls x j : ls <> [] -> (length (last_layer ls) < Pos.to_nat j)%nat -> outputs n ls x j = 0.
Proof.
  revert n x. induction ls as [|l ls IH]; intros n x some late; [contradiction|]. destruct ls as [|l2 ls].
  - simpl. unfold eval_layer, last_layer in *. simpl in late. rewrite (proj2 (nth_error_None _ _)) by lia. reflexivity.
  - apply IH; [discriminate | exact late].
Qed.

(* Layers. *)
Lemma from_checked u inner nds first final Y : (0 < u)%Z -> enclosed u inner Y ->
  (forall c nd, find c nds = Some (Some nd) -> Y c = holds nd Y) ->
  forall ls outer q before ps x, check_from u inner nds first final ls outer q before ps = true ->
  enclosed u (numbered outer) x -> stand q before Y x -> forall j,
  eval ls x j = if Nat.leb (Pos.to_nat j) (length final)
                then Y (Pos.of_succ_nat (pred (Pos.to_nat first) + pred (Pos.to_nat j))) else 0.
Proof.
  intros U within solved_nodes. induction ls as [|l ls IH]; intros outer q before [|[q' now] ps] x ok around L j;
    simpl in ok; try discriminate.
  apply andb_prop in ok. destruct ok as [ok rest]. repeat (apply andb_prop in ok; destruct ok as [ok ?]).
  apply Z.ltb_lt in ok, H0, H1. apply check_fates_spec in H. destruct H as [len all].
  assert (L' : stand q' now Y (eval_layer l x)).
  { intros t p E. destruct (all _ _ E) as [n [N judged]]. unfold eval_layer. rewrite N.
    apply (fate_checked (Known u (numbered outer) inner) _ q q' before nds n x Y); try assumption.
    split; [exact U|]. split; [exact around | exact within]. }
  assert (around' : enclosed u (numbered (map (bound_node u (numbered outer)) (nodes_of l))) (eval_layer l x)).
  { intros t lo hi E. unfold ends_at in E. rewrite numbered_find, nth_error_map in E. unfold nodes_of in E.
    rewrite nth_error_map in E. destruct (nth_error (neurons l) (pred (Pos.to_nat t))) as [n|] eqn:N; [|discriminate].
    simpl in E. apply (bound_node_spec u _ x) in E; try assumption. unfold eval_layer. rewrite N. exact E. }
  assert (go : check_from u inner nds first final ls (map (bound_node u (numbered outer)) (nodes_of l)) q' now ps = true ->
    eval (l :: ls) x j = if Nat.leb (Pos.to_nat j) (length final)
      then Y (Pos.of_succ_nat (pred (Pos.to_nat first) + pred (Pos.to_nat j))) else 0).
  { intros more. simpl. exact (IH _ _ _ _ _ more around' L' j). }
  destruct ls as [|l2 ls], ps as [|p2 ps]; try (apply go; exact rest).
  apply andb_prop in rest. destruct rest as [places size]. apply same_length_spec in size. simpl.
  destruct (Nat.leb_spec (Pos.to_nat j) (length final)) as [early | late].
  - apply (are_nodes_spec _ q' now Y); try assumption. lia.
  - unfold eval_layer. rewrite (proj2 (nth_error_None _ _)) by lia. reflexivity.
Qed.

Theorem substituted_network u b ls ls' q inputs ps : check_substitution u b ls ls' ((q, inputs) :: ps) = true ->
  forall x, inside b x -> forall j, eval ls x j = outputs (length inputs) ls' x j.
Proof.
  simpl. intros ok x ins j. apply andb_prop in ok. destruct ok as [ok checked].
  repeat (apply andb_prop in ok; destruct ok as [ok ?]). apply Z.ltb_lt in ok.
  assert (some : ls' <> []) by (destruct ls'; discriminate). clear H.
  set (n := length inputs). set (Y := values n ls' x).
  assert (S : solved n (nodes ls') Y).
  { pose proof (values_hold _ _ _ _ x H0) as S. rewrite map_length in S. exact S. }
  destruct (input_bounds_spec _ u inputs b x ok ins) as [len start].
  assert (start' : enclosed u (numbered (input_bounds u inputs b)) Y).
  { intros t lo hi E. unfold Y. rewrite values_before; [apply start; exact E|].
    unfold ends_at in E. destruct (find t (numbered (input_bounds u inputs b))) eqn:F; [|discriminate].
    unfold n. rewrite <- len. apply (numbered_inside interval). rewrite F. discriminate. }
  assert (Q : (0 < q)%Z).
  { destruct ls as [|l ls], ps as [|[q' now] ps]; simpl in checked; try discriminate.
    apply andb_prop in checked. destruct checked as [checked _].
    repeat (apply andb_prop in checked; destruct checked as [checked ?]). apply Z.ltb_lt. assumption. }
  assert (equations : forall c nd,
    find c (numbered (map (fun _ => None) inputs ++ map Some (nodes ls'))) = Some (Some nd) -> Y c = holds nd Y).
  { intros c nd F. rewrite numbered_find in F.
    destruct (Nat.lt_ge_cases (pred (Pos.to_nat c)) n) as [early | late].
    - rewrite nth_error_app1 in F by (rewrite map_length; exact early). rewrite nth_error_map in F.
      destruct (nth_error inputs _); discriminate.
    - rewrite nth_error_app2 in F by (rewrite map_length; exact late). rewrite map_length, nth_error_map in F. fold n in F.
      destruct (nth_error (nodes ls') (pred (Pos.to_nat c) - n)) as [found|] eqn:E; [|discriminate]. injection F as ->.
      apply S in E. rewrite <- E. f_equal. lia. }
  assert (first : stand q inputs Y x).
  { intros t p E. pose proof (are_nodes_at _ _ _ H1 _ _ E) as at_t. subst p. simpl.
    replace (Pos.of_succ_nat (pred (Pos.to_nat t))) with t by lia. unfold Y.
    rewrite values_before; [ring|]. assert (pred (Pos.to_nat t) < n)%nat by (apply nth_error_Some; rewrite E; discriminate).
    lia. }
  assert (inner : enclosed u (numbered (bounds u (input_bounds u inputs b) ls')) Y).
  { apply bounds_enclose; try assumption; [intros nd; exact (check_reads_below _ _ _ _ _ H0)|]. rewrite len. exact S. }
  rewrite (from_checked u _ _ _ _ Y ok inner equations ls _ q inputs ps x checked start first j).
  destruct (Nat.leb_spec (Pos.to_nat j) (length (last_layer ls'))) as [early | late].
  - symmetry. apply outputs_are; [exact some | rewrite after_length; reflexivity | reflexivity].
  - symmetry. apply outputs_beyond; assumption.
Qed.

(* First lumping, then substitution: bounds are those of the lumped network. *)
Definition check_reduction (u : Z) (b : box) (ls lumped ls' : list layer) (places : list (Z * list place))
    (ps : list (Z * list fate)) : bool :=
  check_network ls lumped places && check_substitution u b lumped ls' ps.

Theorem reduction_checked u b ls lumped ls' places q inputs ps :
  check_reduction u b ls lumped ls' places ((q, inputs) :: ps) = true ->
  forall x, inside b x -> forall j, eval ls x j = outputs (length inputs) ls' x j.
Proof.
  intros ok x ins j. apply andb_prop in ok. destruct ok as [first ok].
  rewrite (sparse_network _ _ _ first). exact (substituted_network _ _ _ _ _ _ _ ok x ins j).
Qed.

Theorem reduction_everywhere u ls lumped ls' places q inputs ps :
  check_reduction u [] ls lumped ls' places ((q, inputs) :: ps) = true ->
  forall x j, eval ls x j = outputs (length inputs) ls' x j.
Proof.
  intros ok x. apply (reduction_checked _ _ _ _ _ _ _ _ _ ok). intros t lo hi d none.
  destruct (pred (Pos.to_nat t)); discriminate.
Qed.

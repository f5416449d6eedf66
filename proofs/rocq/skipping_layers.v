(* Networks of layers that may read every node before them, and bounds of their nodes on a box.

   Nodes are numbered through all layers from 1, inputs first; the row of a neuron goes to nodes that were before its
   layer. Layers and rows are those of sparse_network_checker.v.

   Notations
     outputs n ls x          the outputs for inputs x, of which there are n
     values n ls x           the values of all nodes
     node, nodes ls          a neuron with its layer's denominator and function; all of them, in order
     holds nd Y              the value of a node if those of all nodes are Y
     check_reads seen ls     whether denominators are positive, and rows only go to nodes before their layer
     enclosed u m Y          m holds lower and upper ends of the values Y, in multiples of 1 / u, rounded outwards
     bounds u known ls       ends of all nodes from those of the inputs, for which nothing may be known

   Main statements
     values_hold             the value of every node is what its neuron makes of the values
     bounds_enclose          bounds of the inputs lead to bounds of all nodes *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require network_checker.
From LumpForm Require Import maps sparse_network_checker.
Import ListNotations.
Local Open Scope R_scope.

Record node := Node { below : Z; positive_part : bool; reads : neuron }.

Definition interval := option (Z * Z).

Definition nodes_of (l : layer) : list node := map (Node (den l) (relu l)) (neurons l).

Fixpoint nodes (ls : list layer) : list node :=
  match ls with
  | [] => []
  | l :: ls' => nodes_of l ++ nodes ls'
  end.

Definition known_at {A : Type} (m : tree A) (e : positive * Z) : bool :=
  match find (fst e) m with Some _ => true | None => false end.

Fixpoint check_reads {A : Type} (filler : A) (seen : list A) (ls : list layer) : bool :=
  match ls with
  | [] => true
  | l :: ls' =>
      let m := numbered seen in
      Z.ltb 0 (den l) && forallb (fun n => forallb (known_at m) (fst n)) (neurons l)
      && check_reads filler (seen ++ map (fun _ => filler) (neurons l)) ls'
  end.

Definition ends_at (m : tree interval) (t : positive) : interval :=
  match find t m with Some i => i | None => None end.

(* The ends of a sum, from those of what it has before. *)
Fixpoint reach (m : tree interval) (r : entries) (low high : Z) : interval :=
  match r with
  | [] => Some (low, high)
  | (t, w) :: r' =>
      if Z.eqb w 0 then reach m r' low high
      else
        match ends_at m t with
        | None => None
        | Some (lo, hi) =>
            if Z.ltb 0 w then reach m r' (low + w * lo) (high + w * hi) else reach m r' (low + w * hi) (high + w * lo)
        end
  end%Z.

Definition bound_node (u : Z) (m : tree interval) (nd : node) : interval :=
  match reach m (fst (reads nd)) (snd (reads nd) * u) (snd (reads nd) * u) with
  | None => None
  | Some (low, high) =>
      let lo := low / below nd in
      let hi := - (- high / below nd) in
      Some (if positive_part nd then (Z.max 0 lo, Z.max 0 hi) else (lo, hi))
  end%Z.

Fixpoint bounds (u : Z) (known : list interval) (ls : list layer) : list interval :=
  match ls with
  | [] => known
  | l :: ls' => let m := numbered known in bounds u (known ++ map (bound_node u m) (nodes_of l)) ls'
  end.

Definition bound_input (u : Z) (i : Z * Z * Z) : interval :=
  match i with
  | (lo, hi, d) => if Z.ltb 0 d then Some (lo * u / d, - (- (hi * u) / d)) else None
  end%Z.

(* As many as there are inputs, though the box may have fewer intervals. *)
Fixpoint input_bounds {A : Type} (u : Z) (inputs : list A) (b : box) : list interval :=
  match inputs, b with
  | [], _ => []
  | _ :: inputs', [] => None :: input_bounds u inputs' []
  | _ :: inputs', i :: b' => bound_input u i :: input_bounds u inputs' b'
  end.

(* What the lists say. *)
Definition extend (n : nat) (l : layer) (x : positive -> R) (t : positive) : R :=
  if Nat.leb (Pos.to_nat t) n then x t else eval_layer l x (Pos.of_succ_nat (Pos.to_nat t - S n)).

Fixpoint values (n : nat) (ls : list layer) (x : positive -> R) : positive -> R :=
  match ls with
  | [] => x
  | l :: ls' => values (n + length (neurons l)) ls' (extend n l x)
  end.

Fixpoint outputs (n : nat) (ls : list layer) (x : positive -> R) : positive -> R :=
  match ls with
  | [] => x
  | l :: ls' =>
      match ls' with
      | [] => eval_layer l x
      | _ :: _ => outputs (n + length (neurons l)) ls' (extend n l x)
      end
  end.

Definition holds (nd : node) (Y : positive -> R) : R :=
  act (positive_part nd) ((dot (fst (reads nd)) Y + IZR (snd (reads nd))) / IZR (below nd)).

Definition solved (n : nat) (nds : list node) (Y : positive -> R) : Prop :=
  forall i nd, nth_error nds i = Some nd -> Y (Pos.of_succ_nat (n + i)) = holds nd Y.

Definition enclosed (u : Z) (m : tree interval) (Y : positive -> R) : Prop :=
  forall t lo hi, ends_at m t = Some (lo, hi) -> IZR lo <= IZR u * Y t <= IZR hi.

(* Values. *)
Lemma values_before n ls x t : (Pos.to_nat t <= n)%nat -> values n ls x t = x t.
Proof.
  revert n x. induction ls as [|l ls IH]; intros n x early; simpl; [reflexivity|].
  rewrite IH by lia. unfold extend. apply Nat.leb_le in early. rewrite early. reflexivity.
Qed.

Lemma dot_same r x y : (forall t w, In (t, w) r -> x t = y t) -> dot r x = dot r y.
Proof.
  induction r as [|[t w] r IH]; simpl; intros same; [reflexivity|].
  rewrite (same t w), IH; [reflexivity | intros; eapply same; right; eassumption | left; reflexivity].
Qed.

Theorem values_hold A (a : A) seen ls x : check_reads a seen ls = true ->
  solved (length seen) (nodes ls) (values (length seen) ls x).
Proof.
  revert seen x. induction ls as [|l ls IH]; intros seen x ok i nd E; [destruct i; discriminate|].
  simpl in ok. apply andb_prop in ok. destruct ok as [ok rest]. apply andb_prop in ok. destruct ok as [_ early].
  simpl in E. destruct (Nat.lt_ge_cases i (length (nodes_of l))) as [here | later].
  - rewrite nth_error_app1 in E by exact here. unfold nodes_of in E, here. rewrite map_length in here.
    rewrite nth_error_map in E. destruct (nth_error (neurons l) i) as [n|] eqn:N; [|discriminate]. injection E as <-.
    unfold holds. cbn [positive_part reads below fst snd].
    rewrite (dot_same (fst n) _ x).
    + cbn [values]. rewrite values_before by (rewrite SuccNat2Pos.id_succ; lia). unfold extend.
      rewrite SuccNat2Pos.id_succ.
      replace (Nat.leb (S (length seen + i)) (length seen)) with false by (symmetry; apply Nat.leb_gt; lia).
      unfold eval_layer. rewrite SuccNat2Pos.id_succ.
      replace (pred (S (S (length seen + i) - S (length seen)))) with i by lia. rewrite N. reflexivity.
    + intros t w member. rewrite forallb_forall in early. pose proof (early _ (nth_error_In _ _ N)) as row.
      rewrite forallb_forall in row. apply row in member. unfold known_at in member. cbn [fst] in member.
      apply values_before, (numbered_inside A). intros none. rewrite none in member. discriminate.
  - rewrite nth_error_app2 in E by exact later. unfold nodes_of in E, later. rewrite map_length in E, later.
    apply (IH _ (extend (length seen) l x)) in rest. rewrite app_length, map_length in rest.
    specialize (rest _ _ E). simpl.
    replace (length seen + length (neurons l) + (i - length (neurons l)))%nat with (length seen + i)%nat in rest by lia.
    exact rest.
Qed.

(* Bounds. *)
Lemma reach_spec u m Y r : enclosed u m Y -> forall low high lo hi, reach m r low high = Some (lo, hi) ->
  IZR lo - IZR low <= IZR u * dot r Y <= IZR hi - IZR high.
Proof.
  intros within. induction r as [|[t w] r IH]; intros low high lo hi E.
  - injection E as <- <-. simpl. lra.
  - simpl in E |- *. destruct (Z.eqb_spec w 0) as [->|_]; [apply IH in E; lra|].
    destruct (ends_at m t) as [[a b]|] eqn:ends; [|discriminate]. apply within in ends.
    destruct (Z.ltb_spec 0 w) as [pos | neg].
    + apply IH in E. rewrite !plus_IZR, !mult_IZR in E. apply IZR_lt in pos. nra.
    + apply IH in E. rewrite !plus_IZR, !mult_IZR in E. apply IZR_le in neg. nra.
Qed.

Lemma div_below a d : (0 < d)%Z -> IZR (a / d) <= IZR a / IZR d.
Proof.
  intros pos. pose proof (IZR_le _ _ (Z.mul_div_le a d pos)) as H. rewrite mult_IZR in H. apply IZR_lt in pos.
  apply (Rmult_le_reg_l (IZR d)); [exact pos|]. replace (IZR d * (IZR a / IZR d)) with (IZR a) by (field; lra). exact H.
Qed.

Lemma div_above a d : (0 < d)%Z -> IZR a / IZR d <= IZR (- (- a / d)).
Proof.
  intros pos. pose proof (div_below (- a) d pos) as H. rewrite !opp_IZR in *. unfold Rdiv in *. lra.
Qed.

Lemma max_zero a b c : IZR a <= b <= IZR c -> IZR (Z.max 0 a) <= Rmax b 0 <= IZR (Z.max 0 c).
Proof.
  intros between. destruct (Z.max_spec 0 a) as [[le ->]|[le ->]], (Z.max_spec 0 c) as [[le' ->]|[le' ->]];
    try apply IZR_lt in le; try apply IZR_lt in le'; try apply IZR_le in le; try apply IZR_le in le';
    unfold Rmax; destruct (Rle_dec b 0); lra.
Qed.

Lemma bound_node_spec u m Y nd lo hi : (0 < below nd)%Z -> (0 < u)%Z -> enclosed u m Y ->
  bound_node u m nd = Some (lo, hi) -> IZR lo <= IZR u * holds nd Y <= IZR hi.
Proof.
  intros D U within E. unfold bound_node in E.
  destruct (reach m _ _ _) as [[low high]|] eqn:sum; [|discriminate].
  apply (reach_spec _ _ _ _ within) in sum. rewrite mult_IZR in sum. apply IZR_lt in U.
  pose proof (div_below low _ D) as L. pose proof (div_above high _ D) as H. apply IZR_lt in D.
  unfold holds. set (s := (dot (fst (reads nd)) Y + IZR (snd (reads nd))) / IZR (below nd)).
  assert (S : IZR u * s = (IZR u * dot (fst (reads nd)) Y + IZR (snd (reads nd)) * IZR u) / IZR (below nd))
    by (unfold s; field; lra).
  assert (inverse : 0 < / IZR (below nd)) by (apply Rinv_0_lt_compat; exact D).
  assert (between : IZR (low / below nd) <= IZR u * s <= IZR (- (- high / below nd))).
  { rewrite S. unfold Rdiv in *. split; [apply (Rle_trans _ _ _ L) | refine (Rle_trans _ _ _ _ H)]; nra. }
  destruct (positive_part nd); injection E as <- <-; [|exact between].
  unfold act, network_checker.act. replace (IZR u * Rmax s 0) with (Rmax (IZR u * s) 0); [apply max_zero; exact between|].
  rewrite <- (Rmult_0_r (IZR u)) at 1. apply RmaxRmult. lra.
Qed.

Lemma check_reads_below A (a : A) seen ls nd : check_reads a seen ls = true -> In nd (nodes ls) -> (0 < below nd)%Z.
Proof.
  revert seen. induction ls as [|l ls IH]; intros seen ok member; [destruct member|].
  simpl in ok, member. apply andb_prop in ok. destruct ok as [ok rest]. apply andb_prop in ok. destruct ok as [D _].
  apply in_app_or in member. destruct member as [member | member]; [|exact (IH _ rest member)].
  unfold nodes_of in member. apply in_map_iff in member. destruct member as [n [<- _]]. apply Z.ltb_lt. exact D.
Qed.

Theorem bounds_enclose u ls known Y : (0 < u)%Z -> (forall nd, In nd (nodes ls) -> (0 < below nd)%Z) ->
  solved (length known) (nodes ls) Y -> enclosed u (numbered known) Y -> enclosed u (numbered (bounds u known ls)) Y.
Proof.
  intros U. revert known. induction ls as [|l ls IH]; intros known D S within; [exact within|].
  simpl. apply IH.
  - intros nd member. apply D. simpl. apply in_or_app. right. exact member.
  - intros i nd E. rewrite app_length, map_length.
    replace (length known + length (nodes_of l) + i)%nat with (length known + (length (nodes_of l) + i))%nat by lia.
    apply S. simpl. rewrite nth_error_app2 by lia.
    replace (length (nodes_of l) + i - length (nodes_of l))%nat with i by lia. exact E.
  - intros t lo hi E. unfold ends_at in E. rewrite numbered_find in E.
    destruct (Nat.lt_ge_cases (pred (Pos.to_nat t)) (length known)) as [before | later].
    + rewrite nth_error_app1 in E by exact before. apply within. unfold ends_at. rewrite numbered_find. exact E.
    + rewrite nth_error_app2, nth_error_map in E by exact later. set (i := (pred (Pos.to_nat t) - length known)%nat) in *.
      destruct (nth_error (nodes_of l) i) as [nd|] eqn:N; [|discriminate]. simpl in E.
      assert (here : nth_error (nodes (l :: ls)) i = Some nd).
      { simpl. rewrite nth_error_app1; [exact N|]. apply nth_error_Some. rewrite N. discriminate. }
      pose proof (S _ _ here) as value.
      replace (Pos.of_succ_nat (length known + i)) with t in value by (unfold i; lia).
      rewrite value. apply (bound_node_spec u (numbered known)); try assumption. exact (D _ (nth_error_In _ _ here)).
Qed.

Lemma input_bounds_spec A u (inputs : list A) b x : (0 < u)%Z -> inside b x ->
  length (input_bounds u inputs b) = length inputs /\ enclosed u (numbered (input_bounds u inputs b)) x.
Proof.
  intros U ins.
  assert (each : forall (inputs : list A) (b : box), length (input_bounds u inputs b) = length inputs
    /\ forall i e, nth_error (input_bounds u inputs b) i = Some (Some e) ->
       exists c, nth_error b i = Some c /\ bound_input u c = Some e).
  { clear. induction inputs as [|a inputs IH]; intros [|c b]; simpl;
      (split; [try rewrite (proj1 (IH _)); reflexivity|]); intros [|i] e E; simpl in E; try discriminate.
    - apply (proj2 (IH [])) in E. destruct E as [c [none _]]. destruct i; discriminate.
    - injection E as E. exists c. split; [reflexivity | exact E].
    - exact (proj2 (IH b) i e E). }
  destruct (each inputs b) as [len found]. split; [exact len|].
  intros t lo hi E. unfold ends_at in E. rewrite numbered_find in E.
  destruct (nth_error (input_bounds u inputs b) (pred (Pos.to_nat t))) as [e|] eqn:N; [|discriminate]. subst e.
  apply found in N. destruct N as [[[low high] d] [N E]]. apply ins in N. simpl in E.
  destruct (Z.ltb_spec 0 d) as [D|]; [|discriminate]. injection E as <- <-.
  pose proof (div_below (low * u) _ D) as L. pose proof (div_above (high * u) _ D) as H.
  rewrite mult_IZR in L, H. apply IZR_lt in U, D. unfold Rdiv in *. nra.
Qed.

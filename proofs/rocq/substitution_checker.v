(* A verified checker for networks in which neurons are linear functions of others.

   The original has fully connected layers of integers over one denominator each, ReLU or none (sparse_network_checker.v).
   In the reduced network a layer may read every node before it (skipping_layers.v). What became of an input or a neuron
   of the original is a sum of nodes of the reduced network, over a denominator of the layer: those that take its place
   in its own layer, those before, and a constant; or it is unread: nothing that is not unread reads it. This is the place of a
   merged neuron, of a constant, and of an opposite, a linear, or a stable one (rules N5 to N11 of
   docs/certificate-networks.md).

   Notations
     stands q Y p v          v is what the fate p says, for the values Y of the reduced network
     gather ps f r s         f times what a row reads of the reduced network, on a stack, and of constants
     sum_is ps f q n parts   whether f q times the input of neuron n is a sum of multiples of rows with biases
     never_negative, never_positive
                             whether bounds say so of the input of a neuron, by the original's values or the reduced one's
     check_fate              one neuron: the rules
     check_substitution u b N M ps
                             the checker; bounds are multiples of 1 / u
     check_reduction         the checker behind that of sparse_network_checker.v

   Main statement
     substituted_network     if it accepts, both networks have equal outputs on every real input in the box
     reduction_checked, reduction_everywhere
                             the same for a network that was lumped first; and without a box *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require network_checker.
From LumpForm Require Import chain_checker maps sparse_network_checker skipping_layers.
Import ListNotations.
Local Open Scope R_scope.

Inductive fate := Sum (own before : entries) (constant : Z) | Unread.

Fixpoint put (k : Z) (r : entries) (stack : list entries) : list entries :=
  match r with
  | [] => stack
  | (t, w) :: r' => put k r' (push [(t, k * w)%Z] stack)
  end.

Fixpoint gather (ps : tree fate) (f : Z) (r : entries) (stack : list entries) (constants : Z)
    : option (list entries * Z) :=
  match r with
  | [] => Some (stack, constants)
  | (t, w) :: r' =>
      match find t ps with
      | Some (Sum own before k) => gather ps f r' (put (f * w) before (put (f * w) own stack)) (constants + w * k)
      | Some Unread => if Z.eqb w 0 then gather ps f r' stack constants else None
      | None => None
      end
  end%Z.

(* A multiple of a row with a bias. *)
Definition part := (Z * neuron)%type.

Fixpoint without (parts : list part) (stack : list entries) (constants : Z) : list entries * Z :=
  match parts with
  | [] => (stack, constants)
  | (m, n) :: parts' => without parts' (put (- m) (fst n) stack) (constants + - m * snd n)
  end%Z.

Definition sum_is (ps : tree fate) (f q : Z) (n : neuron) (parts : list part) : bool :=
  match gather ps f (fst n) [] 0 with
  | None => false
  | Some (stack, constants) =>
      let (rest, c) := without parts stack (f * (constants + snd n * q)) in
      all_zero (merged rest) && Z.eqb c 0
  end%Z.

Record known := Known { units : Z; of_values : tree interval; of_nodes : tree interval }.

Definition low_is (i : interval) : bool := match i with Some (low, _) => Z.leb 0 low | None => false end.

Definition high_is (i : interval) : bool := match i with Some (_, high) => Z.leb high 0 | None => false end.

Definition by_values (K : known) (n : neuron) : interval :=
  reach (of_values K) (fst n) (snd n * units K) (snd n * units K).

Definition never_negative (K : known) (n : neuron) (before : entries) (k : Z) : bool :=
  if low_is (by_values K n) then true else low_is (reach (of_nodes K) before (k * units K) (k * units K)).

Definition never_positive (K : known) (ps : tree fate) (q : Z) (n : neuron) : bool :=
  if high_is (by_values K n) then true
  else
    match gather ps Z.one (fst n) [] 0 with
    | None => false
    | Some (stack, constants) =>
        let c := (constants + snd n * q) * units K in high_is (reach (of_nodes K) (merged stack) c c)
    end%Z.

Definition common (nodes : tree (option node)) (own : entries) : Z :=
  match own with
  | [] => Z.one
  | (c, _) :: _ => match find c nodes with Some (Some nd) => below nd | _ => Z.one end
  end.

Fixpoint linear_parts (nodes : tree (option node)) (m d : Z) (own : entries) : option (list part) :=
  match own with
  | [] => Some []
  | (c, k) :: own' =>
      match find c nodes with
      | Some (Some nd) =>
          if negb (positive_part nd) && Z.eqb (below nd) d then
            match linear_parts nodes m d own' with Some parts => Some ((k * m, reads nd) :: parts) | None => None end
          else None
      | _ => None
      end
  end%Z.

Definition nothing (r : entries) (k : Z) : bool := match r with [] => Z.eqb k 0 | _ :: _ => false end.

(* A neuron over D, fates before over q, its own over q'. *)
Definition check_fate (K : known) (r : bool) (D q q' : Z) (ps : tree fate) (nodes : tree (option node)) (n : neuron)
    (p : fate) : bool :=
  match p with
  | Unread => true
  | Sum own before k =>
      if r then
        match own with
        | [] =>
            if nothing before k then never_positive K ps q n
            else sum_is ps q' q n [(q * D, (before, k))] && never_negative K n before k
        | [(c, w)] =>
            match find c nodes with
            | Some (Some nd) =>
                positive_part nd && Z.ltb 0 (below nd) && Z.ltb 0 w
                && (if nothing before k then sum_is ps (q' * below nd) q n [(w * (q * D), reads nd)]
                    else sum_is ps (q' * below nd) q n [(- (w * (q * D)), reads nd)]
                         && sum_is ps q' q n [(q * D, (before, k))])
            | _ => false
            end
        | _ :: _ :: _ => false
        end
      else
        let d := common nodes own in
        match linear_parts nodes (q * D) d own with
        | None => false
        | Some parts => Z.ltb 0 d && sum_is ps (q' * d) q n ((q * D * d, (before, k)) :: parts)
        end
  end%Z.

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

(* What the lists say. *)
Definition stands (q : Z) (Y : positive -> R) (p : fate) (v : R) : Prop :=
  match p with
  | Unread => True
  | Sum own before k => IZR q * v = dot own Y + dot before Y + IZR k
  end.

Definition stand (q : Z) (ps : list fate) (Y x : positive -> R) : Prop :=
  forall t p, nth_error ps (pred (Pos.to_nat t)) = Some p -> stands q Y p (x t).

Definition input_of (n : neuron) (x : positive -> R) : R := dot (fst n) x + IZR (snd n).

Lemma input_pair r k x : input_of (r, k) x = dot r x + IZR k.
Proof. reflexivity. Qed.

Fixpoint total (parts : list part) (Y : positive -> R) : R :=
  match parts with
  | [] => 0
  | (m, n) :: parts' => IZR m * input_of n Y + total parts' Y
  end.

(* Sums. *)
Lemma put_dot k r stack Y : stack_dot (put k r stack) Y = IZR k * dot r Y + stack_dot stack Y.
Proof.
  revert stack. induction r as [|[t w] r IH]; intros stack; simpl; [ring|].
  rewrite IH, push_dot. simpl. rewrite mult_IZR. ring.
Qed.

Lemma gather_dot ps q f r Y x : stand q ps Y x -> forall stack constants stack' constants',
  gather (numbered ps) f r stack constants = Some (stack', constants') ->
  IZR f * IZR q * dot r x = stack_dot stack' Y - stack_dot stack Y + IZR f * (IZR constants' - IZR constants).
Proof.
  intros L. induction r as [|[t w] r IH]; simpl; intros stack constants stack' constants' ok.
  - injection ok as <- <-. ring.
  - rewrite numbered_find in ok. destruct (nth_error ps (pred (Pos.to_nat t))) as [p|] eqn:E; [|discriminate].
    apply L in E. destruct p as [own before k |]; simpl in E.
    + apply IH in ok. rewrite !put_dot, plus_IZR, !mult_IZR in ok.
      replace (IZR f * IZR q * (IZR w * x t + dot r x))
        with (IZR f * IZR w * (IZR q * x t) + IZR f * IZR q * dot r x) by ring.
      rewrite E, ok. ring.
    + destruct (Z.eqb_spec w 0) as [->|]; [|discriminate]. apply IH in ok. rewrite Rmult_plus_distr_l, ok. ring.
Qed.

Lemma without_total parts Y : forall stack c stack' c', without parts stack c = (stack', c') ->
  stack_dot stack' Y + IZR c' = stack_dot stack Y + IZR c - total parts Y.
Proof.
  induction parts as [|[m n] parts IH]; intros stack c stack' c' E; simpl in E |- *.
  - injection E as <- <-. ring.
  - apply IH in E. rewrite E, put_dot, plus_IZR, mult_IZR, opp_IZR. unfold input_of. ring.
Qed.

Lemma sum_is_spec ps f q n parts Y x : stand q ps Y x -> sum_is (numbered ps) f q n parts = true ->
  IZR f * IZR q * input_of n x = total parts Y.
Proof.
  unfold sum_is. intros L ok. destruct (gather _ _ _ _ _) as [[stack constants]|] eqn:G; [|discriminate].
  destruct (without parts stack _) as [rest c] eqn:W. apply andb_prop in ok. destruct ok as [zero none].
  apply Z.eqb_eq in none. subst c. apply (all_zero_dot _ Y) in zero. rewrite merged_dot in zero.
  apply (gather_dot _ q _ _ Y x L) in G. apply (without_total _ Y) in W. rewrite zero in W. simpl in G.
  rewrite mult_IZR, plus_IZR, mult_IZR in W. unfold input_of.
  rewrite Rmult_plus_distr_l, G. lra.
Qed.

Lemma nothing_spec r k Y : nothing r k = true -> dot r Y + IZR k = 0.
Proof. destruct r; simpl; intros ok; [|discriminate]. apply Z.eqb_eq in ok. subst k. ring. Qed.

(* Signs. *)
Definition right (K : known) (x Y : positive -> R) : Prop :=
  (0 < units K)%Z /\ enclosed (units K) (of_values K) x /\ enclosed (units K) (of_nodes K) Y.

Lemma sum_low u m Y r k : (0 < u)%Z -> enclosed u m Y -> low_is (reach m r (k * u) (k * u)) = true ->
  0 <= dot r Y + IZR k.
Proof.
  intros U within ok. destruct (reach _ _ _ _) as [[lo hi]|] eqn:E; [|discriminate]. simpl in ok.
  apply Z.leb_le, IZR_le in ok. apply (reach_spec _ _ _ _ within) in E. rewrite mult_IZR in E. apply IZR_lt in U. nra.
Qed.

Lemma sum_high u m Y r k : (0 < u)%Z -> enclosed u m Y -> high_is (reach m r (k * u) (k * u)) = true ->
  dot r Y + IZR k <= 0.
Proof.
  intros U within ok. destruct (reach _ _ _ _) as [[lo hi]|] eqn:E; [|discriminate]. simpl in ok.
  apply Z.leb_le, IZR_le in ok. apply (reach_spec _ _ _ _ within) in E. rewrite mult_IZR in E. apply IZR_lt in U. nra.
Qed.

Lemma never_positive_spec K ps q n Y x : right K x Y -> (0 < q)%Z -> stand q ps Y x ->
  never_positive K (numbered ps) q n = true -> input_of n x <= 0.
Proof.
  intros [U [outer inner]] Q L ok. unfold never_positive, by_values in ok.
  destruct (high_is (reach (of_values K) _ _ _)) eqn:outside; [exact (sum_high _ _ _ _ _ U outer outside)|].
  destruct (gather _ _ _ _ _) as [[stack constants]|] eqn:G; [|discriminate].
  apply (sum_high _ _ _ _ _ U inner) in ok. rewrite merged_dot, plus_IZR, mult_IZR in ok.
  apply (gather_dot _ q _ _ Y x L) in G. change (IZR Z.one) with 1 in G. simpl in G. apply IZR_lt in Q.
  apply (Rmult_le_reg_l (IZR q)); [exact Q|]. unfold input_of. lra.
Qed.

Lemma relu_zero z : z <= 0 -> act true z = 0.
Proof. intros low. simpl. apply Rmax_right. exact low. Qed.

Lemma relu_same z : 0 <= z -> act true z = z.
Proof. intros high. simpl. apply Rmax_left. exact high. Qed.

Lemma relu_opposite z : act true z = act true (- z) + z.
Proof. simpl. unfold Rmax. destruct (Rle_dec z 0), (Rle_dec (- z) 0); lra. Qed.

(* Neurons. *)
Section Neuron.
Variables (K : known) (D q q' : Z) (ps : list fate) (nds : tree (option node)) (n : neuron) (x Y : positive -> R).
Hypothesis known_right : right K x Y.
Hypothesis D0 : (0 < D)%Z.
Hypothesis q0 : (0 < q)%Z.
Hypothesis q0' : (0 < q')%Z.
Hypothesis fates : stand q ps Y x.
Hypothesis solved_nodes : forall c nd, find c nds = Some (Some nd) -> Y c = holds nd Y.

Let z := input_of n x / IZR D.

Lemma linear_spec d own : (0 < d)%Z -> forall parts, linear_parts nds (q * D) d own = Some parts ->
  total parts Y = IZR q * IZR D * IZR d * dot own Y.
Proof.
  intros pos. induction own as [|[c k] own IH]; simpl; intros parts ok.
  - injection ok as <-. simpl. ring.
  - destruct (find c nds) as [[nd|]|] eqn:F; try discriminate.
    destruct (negb (positive_part nd) && Z.eqb (below nd) d) eqn:B; [|discriminate].
    apply andb_prop in B. destruct B as [plain same]. apply Z.eqb_eq in same. apply negb_true_iff in plain.
    destruct (linear_parts nds (q * D) d own) as [rest|]; [|discriminate]. injection ok as <-. simpl.
    rewrite (IH rest eq_refl), (solved_nodes _ _ F). unfold holds. rewrite plain, same. simpl. unfold input_of.
    rewrite !mult_IZR. apply IZR_lt in pos. field. lra.
Qed.

Lemma fate_checked r p : check_fate K r D q q' (numbered ps) nds n p = true -> stands q' Y p (act r z).
Proof.
  intros ok. destruct p as [own before k |]; [|exact I]. simpl in ok |- *.
  pose proof (IZR_lt _ _ D0) as D1. pose proof (IZR_lt _ _ q0) as q1. pose proof (IZR_lt _ _ q0') as q1'.
  assert (sign : forall c, 0 <= c * input_of n x -> 0 < c -> 0 <= z).
  { intros c H C. unfold z, Rdiv. apply Rmult_le_pos; [nra | apply Rlt_le, Rinv_0_lt_compat; exact D1]. }
  assert (expressed : sum_is (numbered ps) q' q n [((q * D)%Z, (before, k))] = true ->
    IZR q' * z = dot before Y + IZR k).
  { intros same. apply (sum_is_spec _ _ _ _ _ Y x fates) in same. simpl in same. rewrite mult_IZR in same.
    rewrite input_pair in same. unfold z. apply (Rmult_eq_reg_l (IZR q * IZR D)); [|nra].
    transitivity (IZR q' * IZR q * input_of n x); [field; lra|]. lra. }
  destruct r.
  - destruct own as [|[c w] [|more own]]; [| |discriminate].
    + destruct (nothing before k) eqn:none.
      * apply (nothing_spec _ _ Y) in none. apply (never_positive_spec _ _ _ _ Y x known_right q0 fates) in ok.
        rewrite relu_zero; [simpl; lra|]. unfold z, Rdiv.
        assert (0 < / IZR D) by (apply Rinv_0_lt_compat; exact D1). nra.
      * apply andb_prop in ok. destruct ok as [same low]. apply expressed in same.
        rewrite relu_same; [simpl; lra|]. destruct known_right as [U [outer inner]].
        unfold never_negative, by_values in low. destruct (low_is (reach (of_values K) _ _ _)) eqn:outside.
        { apply (sum_low _ _ _ _ _ U outer) in outside. apply (sign 1); [unfold input_of; lra | lra]. }
        { apply (sum_low _ _ _ _ _ U inner) in low. rewrite <- same in low. nra. }
    + destruct (find c nds) as [[nd|]|] eqn:F; try discriminate.
      repeat (apply andb_prop in ok; destruct ok as [ok ?]). apply Z.ltb_lt, IZR_lt in H0, H1.
      pose proof (solved_nodes _ _ F) as value. unfold holds in value. rewrite ok in value.
      fold (input_of (reads nd) Y) in value. set (y := input_of (reads nd) Y / IZR (below nd)) in *.
      assert (Ey : input_of (reads nd) Y = IZR (below nd) * y) by (unfold y; field; lra).
      assert (Ez : input_of n x = IZR D * z) by (unfold z; field; lra).
      assert (big : 0 < IZR q * IZR D * IZR (below nd)) by (repeat apply Rmult_lt_0_compat; assumption).
      destruct (nothing before k) eqn:none.
      * apply (nothing_spec _ _ Y) in none. apply (sum_is_spec _ _ _ _ _ Y x fates) in H. simpl in H.
        rewrite !mult_IZR, Ey, Ez in H.
        assert (P : IZR q' * z = IZR w * y).
        { apply (Rmult_eq_reg_l (IZR q * IZR D * IZR (below nd))); [lra | apply Rgt_not_eq; exact big]. }
        simpl (dot [(c, w)] Y). rewrite value. rewrite <- network_checker.act_scale by (intros; assumption).
        rewrite P, network_checker.act_scale by (intros; assumption). lra.
      * apply andb_prop in H. destruct H as [H same]. apply expressed in same.
        apply (sum_is_spec _ _ _ _ _ Y x fates) in H. simpl in H. rewrite !mult_IZR, opp_IZR, !mult_IZR, Ey, Ez in H.
        assert (P : - (IZR q' * z) = IZR w * y).
        { apply (Rmult_eq_reg_l (IZR q * IZR D * IZR (below nd))); [lra | apply Rgt_not_eq; exact big]. }
        simpl (dot [(c, w)] Y). rewrite value. rewrite <- (network_checker.act_scale true (IZR q')) by (intros; assumption).
        rewrite relu_opposite, P, network_checker.act_scale by (intros; assumption). lra.
  - destruct (linear_parts nds (q * D) (common nds own) own) as [parts|] eqn:E; [|discriminate].
    apply andb_prop in ok. destruct ok as [pos same]. apply Z.ltb_lt in pos. apply (linear_spec _ _ pos) in E.
    apply (sum_is_spec _ _ _ _ _ Y x fates) in same. simpl in same. rewrite E, !mult_IZR in same.
    rewrite input_pair in same. apply IZR_lt in pos. simpl. unfold z.
    apply (Rmult_eq_reg_l (IZR q * IZR D * IZR (common nds own)));
      [|apply Rgt_not_eq; repeat apply Rmult_lt_0_compat; assumption].
    transitivity (IZR q' * IZR (common nds own) * IZR q * input_of n x); [field; lra|]. lra.
Qed.
End Neuron.

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

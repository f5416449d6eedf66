(* The rules for one neuron of the original: what a certificate says became of it is its value.

   By the rules N5 to N11 of docs/certificate-networks.md. A linear neuron is the sum of what it reads. A ReLU neuron is a
   positive multiple of a node, or that of the opposite node and what it reads, or what it reads if bounds say that this is never
   negative, or nothing if never positive. Bounds are of the original's values or the reduced network's, on the box.

   Notations
     known                   bounds of both networks, in multiples of one over a number of units
     right K x Y             they enclose the values
     never_negative, never_positive
                             whether bounds say so of the input of a neuron, by the original's values or the reduced one's
     check_fate              one neuron: the rules

   Main statement
     fate_checked            if it accepts, and fates of the layer before stand, that of the neuron stands *)

From Coq Require Import ZArith Reals List Bool Lia Lra.
From LumpForm Require network_checker.
From LumpForm Require Import chain_checker maps sparse_network_checker skipping_layers substitution_sums.
Import ListNotations.
Local Open Scope R_scope.

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

Theorem fate_checked r p : check_fate K r D q q' (numbered ps) nds n p = true -> stands q' Y p (act r z).
Proof.
  intros ok. destruct p as [own before k |]; [|exact I]. simpl in ok |- *.
  pose proof (IZR_lt _ _ D0) as D1. pose proof (IZR_lt _ _ q0) as q1. pose proof (IZR_lt _ _ q0') as q1'.
  assert (sign : forall c, 0 <= c * input_of n x -> 0 < c -> 0 <= z).
  { intros c H C. unfold z, Rdiv. apply Rmult_le_pos; [nra | apply Rlt_le, Rinv_0_lt_compat; exact D1]. }
  assert (expressed : sum_is (numbered ps) q' q n [((q * D)%Z, (before, k))] = true ->
    IZR q' * z = dot before Y + IZR k).
  { intros same. apply (sum_shown _ _ _ _ _ Y x fates) in same. simpl in same. rewrite mult_IZR in same.
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
      * apply (nothing_spec _ _ Y) in none. apply (sum_shown _ _ _ _ _ Y x fates) in H. simpl in H.
        rewrite !mult_IZR, Ey, Ez in H.
        assert (P : IZR q' * z = IZR w * y).
        { apply (Rmult_eq_reg_l (IZR q * IZR D * IZR (below nd))); [lra | apply Rgt_not_eq; exact big]. }
        simpl (dot [(c, w)] Y). rewrite value. rewrite <- network_checker.act_scale by (intros; assumption).
        rewrite P, network_checker.act_scale by (intros; assumption). lra.
      * apply andb_prop in H. destruct H as [H same]. apply expressed in same.
        apply (sum_shown _ _ _ _ _ Y x fates) in H. simpl in H. rewrite !mult_IZR, opp_IZR, !mult_IZR, Ey, Ez in H.
        assert (P : - (IZR q' * z) = IZR w * y).
        { apply (Rmult_eq_reg_l (IZR q * IZR D * IZR (below nd))); [lra | apply Rgt_not_eq; exact big]. }
        simpl (dot [(c, w)] Y). rewrite value. rewrite <- (network_checker.act_scale true (IZR q')) by (intros; assumption).
        rewrite relu_opposite, P, network_checker.act_scale by (intros; assumption). lra.
  - destruct (linear_parts nds (q * D) (common nds own) own) as [parts|] eqn:E; [|discriminate].
    apply andb_prop in ok. destruct ok as [pos same]. apply Z.ltb_lt in pos. apply (linear_spec _ _ pos) in E.
    apply (sum_shown _ _ _ _ _ Y x fates) in same. simpl in same. rewrite E, !mult_IZR in same.
    rewrite input_pair in same. apply IZR_lt in pos. simpl. unfold z.
    apply (Rmult_eq_reg_l (IZR q * IZR D * IZR (common nds own)));
      [|apply Rgt_not_eq; repeat apply Rmult_lt_0_compat; assumption].
    transitivity (IZR q' * IZR (common nds own) * IZR q * input_of n x); [field; lra|]. lra.
Qed.
End Neuron.

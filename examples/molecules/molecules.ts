/** A set of small molecules, made of rings, chains and groups; and what the checker, OpenChemLib, says about a text. */
import { Molecule, MoleculeProperties } from "openchemlib";

const groups =
  "C CC CCC C(C)C C=C C#C C#N O OC OCC N NC N(C)C F Cl Br S SC CO CN C=O C(C)=O C(=O)O C(=O)OC C(N)=O".split(
    " ",
  );

/** Two places A and B for groups. */
const frames = [
  "c1(A)ccc(B)cc1",
  "c1(A)cccc(B)c1",
  "c1(A)ccccc1B",
  "c1(A)ccc(B)nc1",
  "c1(A)ccc(B)s1",
  "C1(A)CCC(B)CC1",
  "C1(A)CCN(B)CC1",
  "C1(A)CCC(B)C1",
  "C(A)CCB",
  "C(A)OCB",
  "C(A)C(=O)NB",
];

/** The molecule that a text (SMILES) describes; undefined for a text that describes none. */
export function parse(smiles: string): Molecule | undefined {
  // The parser forgives branches that are left open.
  const isClosed = smiles.split("(").length === smiles.split(")").length;
  if (smiles === "" || !isClosed) return undefined;
  try {
    const molecule = Molecule.fromSmiles(smiles);
    molecule.validate(); // valences
    const atoms = Array.from({ length: molecule.getAllAtoms() }, (_, atom) => atom);
    const isRadical = atoms.some((atom) => molecule.getAtomRadical(atom) !== 0);
    return isRadical || molecule.getFragments().length !== 1 ? undefined : molecule;
  } catch {
    return undefined;
  }
}

/** The one text of a molecule that may be written in many ways. */
export const canonical = (molecule: Molecule): string => molecule.toIsomericSmiles();

/** Logarithm of the partition coefficient between octanol and water, estimated: above 0 it prefers fat. */
export const logP = (molecule: Molecule): number => new MoleculeProperties(molecule).logP;

/** All molecules of a frame and two groups, each once. */
export function allMolecules(): string[] {
  const all = frames.flatMap((frame) =>
    groups.flatMap((a) => groups.map((b) => frame.replace("A", a).replace("B", b))),
  );
  const parsed = all.map(parse).filter((molecule) => molecule !== undefined);
  return [...new Set(parsed.map(canonical))].sort();
}

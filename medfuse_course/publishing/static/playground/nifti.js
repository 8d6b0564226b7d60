/* NIfTI volumes: header, voxels, where they lie in space, slices turned as a radiologist sees them.
 * What is taken and what is refused follows datasets/nifti.py and datasets/volume.py, whose reader is nibabel. */
(function (play) {
  "use strict";

  const { Refusal } = play;
  const TYPES = {
    2: ["Uint8", 1], 4: ["Int16", 2], 8: ["Int32", 4], 16: ["Float32", 4], 64: ["Float64", 8], 256: ["Int8", 1],
    512: ["Uint16", 2], 768: ["Uint32", 4], 1024: ["BigInt64", 8], 1280: ["BigUint64", 8],
  };
  const OTHERS = { 1: "bits", 32: "complex numbers", 128: "colors", 1536: "128-bit floats", 1792: "complex numbers", 2304: "colors" };
  // World axis (0 right, 1 anterior, 2 superior) that a plane is cut along; then those of its rows and columns, with sign.
  const VIEWS = { axial: [2, [1, -1], [0, -1]], coronal: [1, [2, -1], [0, -1]], sagittal: [0, [2, -1], [1, -1]] };

  const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;
  const headerSize = (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const size of bytes.length > 4 ? [348, 540] : []) for (const little of [true, false]) if (view.getInt32(0, little) === size) return { size, little };
    return null;
  };

  /** A .nii or .nii.gz file as {name, shape, affine, data}: data float32 in stored order, scaled. */
  async function readNifti(packed, name) {
    let bytes = packed;
    if (isGzip(packed)) {
      try {
        bytes = await play.unpack(packed, "gzip", 8 * play.MAX_VOXELS + 2 ** 20);
      } catch (error) {
        if (error instanceof Refusal) throw error;
        if (error instanceof RangeError) throw tooLarge(name, "more than it unpacks to here");
        throw damaged(name, "it cannot be unpacked to its end; if gunzip unpacks it, give the .nii");
      }
    }
    const header = readHeader(bytes, name);
    const affine = affineOf(header, name);
    if (!affine.flat().every(Number.isFinite) || !(Math.abs(determinant(affine)) > 1e-12 * sides(affine).reduce((product, side) => product * side, 1))) {
      throw new Refusal(`${name}: its affine does not place the voxels in space; repair the header (sform or qform).`);
    }
    return { name, shape: header.shape, affine, placed: header.sform !== 0 || header.qform !== 0, ...voxels(bytes, header, name), notes: notesOn(header, affine, name) };
  }

  function readHeader(bytes, name) {
    const found = headerSize(bytes);
    if (!found) throw new Refusal(`${name}: not NIfTI (its header says neither 348 nor 540); convert DICOM with dcm2niix.`);
    const { size, little } = found, second = size === 540;
    if (bytes.length < size) throw damaged(name, "it ends in its header");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const short = (at) => view.getInt16(at, little), int = (at) => view.getInt32(at, little);
    const long = (at) => Number(view.getBigInt64(at, little));
    const real = (at, k) => (second ? view.getFloat64(at + 8 * k, little) : view.getFloat32(at + 4 * k, little));
    const row = (at, count) => Array.from({ length: count }, (_, k) => real(at, k));
    const magic = play.latin(bytes, second ? 4 : 344, 4);
    if (magic.startsWith("ni")) throw new Refusal(`${name}: its voxels lie in a second file (.img); join the two to .nii first.`);
    if (magic !== (second ? "n+2\0" : "n+1\0")) throw damaged(name, "it does not say that it is NIfTI; older Analyze files do not tell left from right");
    if (second && ![0x0d0a1a0a, 0].includes(view.getUint32(8))) throw damaged(name, "it was sent as text, which changes line ends");
    const dim = Array.from({ length: 8 }, (_, k) => (second ? long(16 + 8 * k) : short(40 + 2 * k)));
    const mm = { 1: 1000, 3: 0.001 }[(second ? int(500) : bytes[123]) & 7] || 1; // of a meter, a micron; none is taken as mm
    const scaled = (numbers) => numbers.map((x) => x * mm), repairs = [];
    const code = (field, x) => {
      if (x >= 0 && x <= 5) return x;
      repairs.push(`${field} ${x} not valid; setting to 0`);
      return 0;
    };
    const sizes = repairedSizes(row(second ? 112 : 80, 3), repairs), offset = second ? long(168) : view.getFloat32(108, little);
    if (offset % 16) repairs.push(`vox offset (=${offset}) not divisible by 16, not SPM compatible; leaving at current value`);
    return {
      repairs,
      shape: checkedShape(dim, name),
      least: second ? 544 : 352,
      little,
      type: short(second ? 12 : 70),
      offset: Math.trunc(offset),
      slope: real(second ? 176 : 112, 0),
      intercept: real(second ? 184 : 116, 0),
      sign: real(second ? 104 : 76, 0) === -1 ? -1 : 1, // of the third axis
      sizes: scaled(sizes),
      qform: code("qform_code", second ? int(344) : short(252)),
      sform: code("sform_code", second ? int(348) : short(254)),
      quaternion: row(second ? 352 : 256, 3),
      shift: scaled(row(second ? 376 : 268, 3)),
      rows: [0, 1, 2].map((k) => scaled(row((second ? 400 : 280) + k * (second ? 32 : 16), 4))),
      precision: second ? 2.3e-16 : 1.2e-7,
    };
  }

  /** Voxel sizes as nibabel repairs them; what it says of that, in its words, is added to `repairs`. */
  function repairedSizes(sizes, repairs) {
    const zero = sizes.some((side) => side === 0), negative = sizes.some((side) => side < 0);
    const both = (one, other) => [...(zero ? [one] : []), ...(negative ? [other] : [])].join(" and ");
    const wrong = both("pixdim[1,2,3] should be non-zero", "pixdim[1,2,3] should be positive");
    if (wrong) repairs.push(`${wrong}; ${both("setting 0 dims to 1", "setting to abs of pixdim values")}`);
    return sizes.map((side) => (side === 0 ? 1 : Math.abs(side)));
  }

  function checkedShape(dim, name) {
    const shape = dim.slice(1, 1 + Math.min(Math.max(dim[0], 0), 7)), size = shape.join(" x ");
    if (dim[0] !== 3) {
      const advice = dim[0] > 3 ? "cut out one volume first, for example with nibabel.funcs.four_to_three, or average over time" : "keep a single picture as PNG";
      throw new Refusal(`${name}: expected a 3-D volume, got ${dim[0]}-D (${size}); ${advice}.`);
    }
    if (shape.some((n) => n < 1)) throw new Refusal(`${name}: expected at least one voxel, got ${size}; is the header damaged?`);
    if (shape.reduce((product, n) => product * n, 1) > play.MAX_VOXELS) throw tooLarge(name, size);
    return shape;
  }

  /** The voxels as they are stored, with a function from a place to a value; checked to be finite, once. */
  function voxels(bytes, header, name) {
    const [kind, width] = TYPES[header.type] || [];
    if (!kind) throw new Refusal(`${name}: expected real numbers, got ${OTHERS[header.type] || `type ${header.type}`}; split colors or complex parts into volumes first.`);
    const count = header.shape.reduce((product, n) => product * n, 1), end = header.offset + count * width;
    if (!(header.offset >= header.least)) throw damaged(name, `its header says that voxels begin at byte ${header.offset}, inside the header`);
    if (end > bytes.length) throw damaged(name, `it holds ${bytes.length} bytes, expected ${end}`);
    const scaled = header.slope !== 0 && Number.isFinite(header.slope);
    if (scaled && !Number.isFinite(header.intercept)) throw damaged(name, `its intercept is ${header.intercept}`);
    const view = new DataView(bytes.buffer, bytes.byteOffset + header.offset, count * width);
    const get = view[`get${kind}`].bind(view), [slope, intercept] = scaled ? [header.slope, header.intercept] : [1, 0];
    const at = kind.startsWith("Big") ? (k) => Number(get(k * width, header.little)) * slope + intercept : (k) => get(k * width, header.little) * slope + intercept;
    let bad = 0;
    for (let k = 0; k < count; k += 1) if (!Number.isFinite(Math.fround(at(k)))) bad += 1;
    if (bad) {
      throw new Refusal(
        `${name}: expected finite voxels, got ${bad} NaN or infinite ones of ${count}; replace them first, for example ` +
          "with numpy.nan_to_num, if you know what they mean."
      );
    }
    return { at, count };
  }

  /* Space: sform before qform before voxel sizes alone, as nibabel chooses. */

  function affineOf(header, name) {
    if (header.sform !== 0) return header.rows.map((row) => [...row]);
    if (header.qform !== 0) return fromQuaternion(header, name);
    const [x, y, z] = header.sizes, sides = [-x, y, z];
    return sides.map((side, k) => [0, 1, 2, 3].map((c) => (c === k ? side : c === 3 ? (-side * (header.shape[k] - 1)) / 2 : 0)));
  }

  /** What a reader should know: what the header says wrong, and two statements about space that do not agree. */
  function notesOn(header, affine, name) {
    const notes = header.repairs.map((repair) => `${name}: ${repair}.`);
    if (!header.sform || !header.qform) return notes;
    const { shape } = header, apart = farthestCorner({ shape, affine }, { shape, affine: fromQuaternion(header, name) });
    if (apart <= 0.01 * Math.min(...header.sizes)) return notes;
    return [...notes, `${name}: its qform and its sform place the voxels up to ${apart.toPrecision(3)} mm apart; the sform is used.`];
  }

  function fromQuaternion({ quaternion: [b, c, d], sizes, sign, shift, precision }, name) {
    const rest = 1 - (b * b + c * c + d * d);
    if (rest < -3 * precision) throw damaged(name, "its qform is no rotation");
    const a = rest < 3 * precision ? 0 : Math.sqrt(rest), norm = a * a + b * b + c * c + d * d, s = 2 / norm;
    const turn = [
      [1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)],
      [s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)],
      [s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)],
    ];
    const sides = [sizes[0], sizes[1], sizes[2] * sign];
    return turn.map((row, k) => [...row.map((x, axis) => x * sides[axis]), shift[k]]);
  }

  const determinant = ([[a, b, c], [d, e, f], [g, h, i]]) => a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const sides = (affine) => [0, 1, 2].map((axis) => Math.hypot(affine[0][axis], affine[1][axis], affine[2][axis]));

  /** For each voxel axis the nearest world axis and the sign, after the shear is taken out: nibabel's io_orientation. */
  function orientation(affine) {
    const size = sides(affine);
    let turn = affine.map((row) => row.slice(0, 3).map((x, axis) => x / size[axis]));
    for (let step = 0; step < 60; step += 1) {
      const inverse = inverted(turn); // Newton: the mean of a matrix and its inverse transposed goes to the rotation
      turn = turn.map((row, r) => row.map((x, c) => (x + inverse[c][r]) / 2));
    }
    const strongest = (axis) => Math.max(...turn.map((row) => row[axis] ** 2));
    const order = [0, 1, 2].sort((one, two) => strongest(two) - strongest(one) || one - two), found = [], taken = new Set();
    for (const axis of order) {
      const world = [0, 1, 2].filter((w) => !taken.has(w)).reduce((best, w) => (Math.abs(turn[w][axis]) > Math.abs(turn[best][axis]) ? w : best));
      taken.add(world);
      found[axis] = { world, sign: turn[world][axis] < 0 ? -1 : 1 };
    }
    return found;
  }

  function inverted(m) {
    const scale = determinant(m), at = (r, c) => m[r % 3][c % 3];
    return [0, 1, 2].map((r) => [0, 1, 2].map((c) => (at(c + 1, r + 1) * at(c + 2, r + 2) - at(c + 1, r + 2) * at(c + 2, r + 1)) / scale));
  }

  function cut(affine, plane) {
    const axes = orientation(affine), [through, down, right] = VIEWS[plane];
    const axisOf = (world) => axes.findIndex((axis) => axis.world === world), rows = axisOf(down[0]), columns = axisOf(right[0]);
    return { axis: axisOf(through), rows, columns, flipRows: axes[rows].sign !== down[1], flipColumns: axes[columns].sign !== right[1] };
  }

  const countSlices = (volume, plane) => volume.shape[cut(volume.affine, plane).axis];

  /** Slice `index`, in stored order, as {height, width, values}: anterior or superior on top, the patient's right on the left. */
  function sliceOf({ shape, affine, at }, plane, index) {
    const { axis, rows, columns, flipRows, flipColumns } = cut(affine, plane), strides = [1, shape[0], shape[0] * shape[1]];
    const height = shape[rows], width = shape[columns], values = new Float64Array(height * width);
    for (let y = 0; y < height; y += 1) {
      const start = index * strides[axis] + (flipRows ? height - 1 - y : y) * strides[rows];
      for (let x = 0; x < width; x += 1) values[y * width + x] = at(start + (flipColumns ? width - 1 - x : x) * strides[columns]);
    }
    return { height, width, values };
  }

  /** Refuse two volumes whose voxels do not lie in the same places: corners within 1 % of the smallest voxel side.
   * Returns what a reader should know where a header does not say where its voxels are. */
  function checkGrids(a, b) {
    const alike = a.shape.every((n, k) => n === b.shape[k]), homeless = [a, b].filter((volume) => !volume.placed).map(({ name }) => name);
    if (homeless.length) {
      const reason = `${homeless.join(" and ")}: no place in space is given (qform and sform codes are 0)`, [p, q] = [sides(a.affine), sides(b.affine)];
      if (alike && p.every((side, k) => Math.abs(side - q[k]) <= 0.01 * q[k])) return [`${reason}; the volumes are taken as lying voxel on voxel.`];
      throw new Refusal(`${reason}, and the two grids differ; repair the header from where the volume came, for example with dcm2niix.`);
    }
    const distance = farthestCorner(a, b), smallest = Math.min(...sides(a.affine), ...sides(b.affine));
    if (alike && distance <= 0.01 * smallest) return [];
    throw new Refusal(
      `${b.name}: expected the grid of ${a.name}, ${a.shape.join(" x ")} voxels, got ${b.shape.join(" x ")} voxels with corners ` +
        `up to ${distance.toPrecision(3)} mm away. This page does not resample: medfuse fuse --resample brings B onto the grid of A.`
    );
  }

  function farthestCorner(a, b) {
    const place = ({ shape, affine }, k) => affine.map((row) => row[3] + shape.reduce((sum, n, axis) => sum + row[axis] * ((k >> axis) & 1 ? n - 1 : 0), 0));
    const away = (k) => Math.hypot(...place(a, k).map((x, axis) => x - place(b, k)[axis]));
    return Math.max(...Array.from({ length: 8 }, (_, k) => away(k)));
  }

  const damaged = (name, reason) => new Refusal(`${name}: not a whole NIfTI file (${reason}); get it again from where it came.`);
  const tooLarge = (name, size) => new Refusal(`${name}: ${size} is larger than ${play.MAX_VOXELS} voxels, the most that this page takes; on your own machine, medfuse fuse takes larger ones.`);

  Object.assign(play, { isGzip, isNifti: (bytes) => headerSize(bytes) !== null, readNifti, countSlices, sliceOf, checkGrids });
})(globalThis.medfusePlayground);

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"
#include "core/storage/grid.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

class PlainScheme;
class GridScheme;

/// What schemes have in common, for those who offer, compare or step between them.
struct SchemeTraits {
    /// Schemes of one family and group size differ in their bits alone: `float`, `int-sym`, `q_k`.
    std::string_view family;
    /// Columns that share the parameters of a row, whole blocks where those have two levels; 0: the
    /// whole row. 1: each number stands for itself.
    int64_t groupSize = 1;
    int dimension = 1; ///< neighbouring columns that share a code
    /// One of the few that stand for the others where a list must be short.
    bool brief = true;

    bool differsInBitsAlone(const SchemeTraits& other) const
    {
        return family == other.family && groupSize == other.groupSize &&
               dimension == other.dimension;
    }
};

/// How a weight matrix (a slot) is stored: exact bytes and the row lengths it accepts. A stored
/// slot is what all its rows share (a codebook, the scale of scales; nothing in most schemes), then
/// its rows, each of so many bytes and decoded by what they share alone: some rows, with the same
/// parameters, are a stored slot too. Every scheme is either plain or a grid scheme, behind the
/// door of that name. Stateless and thread safe.
class Scheme {
public:
    virtual ~Scheme() = default;

    /// Stable id: `f16`, `int4-g32-sym`, `q4_k`.
    virtual std::string_view id() const = 0;
    /// A sentence for people: what is stored and at what cost.
    virtual std::string description() const = 0;
    virtual SchemeTraits traits() const = 0;
    /// Bits of one code (plain schemes: of one number), whichever number of weights it stands for.
    virtual int bits() const = 0;
    virtual bool accepts(int64_t columns) const = 0;
    /// Stored bytes of what all rows share, however many there are.
    virtual int64_t parameterBytes(int64_t /*columns*/) const { return 0; }
    /// Stored bytes of one row of `columns` weights; its own parameters and padding included.
    virtual int64_t rowBytes(int64_t columns) const = 0;
    /// Stored bytes of a whole matrix. Where rows begin in them, PackedTensor knows.
    int64_t slotBytes(int64_t rows, int64_t columns) const
    {
        return parameterBytes(columns) + rows * rowBytes(columns);
    }
    /// The values the stored bytes of some rows stand for: the truth that exports and engines are
    /// checked against. `parameters` is what the rows share, `out` holds rows × columns floats.
    virtual void decode(std::span<const std::byte> parameters, std::span<const std::byte> bytes,
                        int64_t rows, int64_t columns, std::span<float> out) const = 0;

    /// Error when a slot's parameters are not as many bytes as the scheme has.
    void requireParameters(std::span<const std::byte> parameters, int64_t columns) const;

    /// The scheme itself where it converts number by number, else nullptr.
    virtual const PlainScheme* plain() const { return nullptr; }
    /// The scheme itself where it keeps codes on a grid, else nullptr.
    virtual const GridScheme* grid() const { return nullptr; }
    bool isPlain() const { return plain() != nullptr; }
};

/// Every scheme, in the order in which menus and --help show them. `f32` comes first.
const std::vector<const Scheme*>& schemes();
/// The scheme of that id, or nullptr.
const Scheme* findScheme(std::string_view id);
/// As findScheme, but an unknown id is an Error naming the known ones.
const Scheme& schemeNamed(std::string_view id);

/// While it lives, a scheme that is no row of the table is found by its id, though not listed: so
/// that tests try what the contract allows and no row needs yet. One at a time, made before other
/// threads look for schemes.
class ExtraScheme {
public:
    explicit ExtraScheme(const Scheme& scheme);
    ~ExtraScheme();
    ExtraScheme(const ExtraScheme&) = delete;
    ExtraScheme& operator=(const ExtraScheme&) = delete;
};

} // namespace bitloom

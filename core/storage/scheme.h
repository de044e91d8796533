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
    /// One of the few that stand for the others where a list must be short.
    bool brief = true;

    bool differsInBitsAlone(const SchemeTraits& other) const
    {
        return family == other.family && groupSize == other.groupSize;
    }
};

/// How a weight matrix is stored: exact bytes and the row lengths it accepts. Every scheme is
/// either plain or a grid scheme, behind the door of that name. Stateless and thread safe.
class Scheme {
public:
    virtual ~Scheme() = default;

    /// Stable id: `f16`, `int4-g32-sym`, `q4_k`.
    virtual std::string_view id() const = 0;
    /// A sentence for people: what is stored and at what cost.
    virtual std::string description() const = 0;
    virtual SchemeTraits traits() const = 0;
    /// Bits of one code (plain schemes: of one number).
    virtual int bits() const = 0;
    virtual bool accepts(int64_t columns) const = 0;
    /// Stored bytes of one row of `columns` weights; parameters and padding included.
    virtual int64_t rowBytes(int64_t columns) const = 0;
    /// Stored bytes of a whole matrix.
    int64_t slotBytes(int64_t rows, int64_t columns) const { return rows * rowBytes(columns); }
    /// The values the stored bytes stand for: the truth that exports and engines are checked
    /// against. `out` holds rows × columns floats.
    virtual void decode(std::span<const std::byte> bytes, int64_t rows, int64_t columns,
                        std::span<float> out) const = 0;

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

} // namespace bitloom

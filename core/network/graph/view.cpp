// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/graph/view.h"

#include "core/base/error.h"

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

/// Empty, or what is wrong with the rows that a view chooses among so many.
std::string problemOfRows(const View& view, int64_t all)
{
    if (!view.rows.empty()) {
        if (view.count > 0 || view.block > 0 || view.first > 0)
            return "its rows are listed and counted";
        const auto [least, most] = std::ranges::minmax(view.rows);
        return least < 0 || most >= all ? "a row of its list is not there" : "";
    }
    if (view.block > 0 && (view.count % view.block != 0 || view.stride < view.block))
        return "its blocks of rows are not whole, or reach into each other";
    if (view.first < 0 || view.count <= 0 || view.block < 0)
        return "it shows no rows";
    return view.row(view.count - 1) >= all ? "it reaches behind the last row" : "";
}

} // namespace

Shape shownShape(const std::string& name, Shape shape, const View& view)
{
    const auto refuse = [&](const std::string& why) {
        throw Error("graph", "tensor " + name + " cannot be seen so: " + why);
    };
    if (view.entry >= 0) {
        if (shape.size() < 3 || view.entry >= shape.front())
            refuse("there is no entry " + std::to_string(view.entry) + " of three dimensions");
        shape.erase(shape.begin());
    }
    if (view.transposed) {
        if (shape.size() != 2)
            refuse("only a matrix has rows and columns to exchange");
        std::swap(shape[0], shape[1]);
    }
    if (!view.choosesRows())
        return shape;
    if (shape.empty() || (!view.isStretch() && shape.size() > 2))
        refuse("only a matrix or a vector has such rows");
    if (const std::string problem = problemOfRows(view, shape.front()); !problem.empty())
        refuse(problem);
    shape.front() = view.rows.empty() ? view.count : static_cast<int64_t>(view.rows.size());
    return shape;
}

} // namespace bitloom

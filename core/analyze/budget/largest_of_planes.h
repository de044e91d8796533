// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <vector>

namespace bitloom {

/// value + slope · x, over two coordinates.
struct Plane {
    double value = 0;
    std::array<double, 2> slope = {};

    double at(const std::array<double, 2>& x) const
    {
        return value + slope[0] * x[0] + slope[1] * x[1];
    }
};

struct Top {
    std::array<double, 2> at = {};
    double value = 0;
};
/// Where the least of the planes is largest for coordinates in [0, box]: a linear program of three
/// unknowns, by its corners; meant for some tens of planes. `planes` may not be empty.
Top largestOfPlanes(const std::vector<Plane>& planes, double box);

} // namespace bitloom

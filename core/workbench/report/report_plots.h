// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/report/report_input.h"

#include <string>

namespace bitloom {

/// `&`, `<`, `>` and quotes as HTML spells them.
std::string htmlEscaped(const std::string& text);
/// printf's %g with so many digits, but never with a power of ten.
std::string figure(double value, int digits = 4);
/// "0.00632 ± 0.00031": both to the second digit of the error.
std::string figureWithError(double value, double error);

/// Inline SVG, coloured by the page's CSS classes.
std::string sensitivityBars(const std::vector<ReportSlot>& slots);
/// KL along the windows of a text.
std::string klBars(const std::vector<KlStretch>& stretches);
/// `quantity` names what goes up, with its unit.
std::string sizeQualityPlot(const std::vector<ReportPoint>& points, const std::string& quantity);
std::string smallHistogram(const Histogram& histogram);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The door to widgets/. QCustomPlot and the widgets are written with Qt's keywords; core has
// members called `slots`, so app is compiled without them (QT_NO_KEYWORDS) and lends them out only
// here.

#include <QObject>

#define slots Q_SLOTS
#define signals Q_SIGNALS
#define emit
#define foreach Q_FOREACH

#include "widgets/base/elided_label.h"
#include "widgets/base/icons.h"
#include "widgets/base/layer_selection.h"
#include "widgets/base/tabular.h"
#include "widgets/base/text_notice.h"
#include "widgets/compare/compare_classes.h"
#include "widgets/compare/compare_neighbours.h"
#include "widgets/compare/compare_pane.h"
#include "widgets/compare/compare_texts.h"
#include "widgets/compare/recipe_diff_panel.h"
#include "widgets/layers/bit_keys.h"
#include "widgets/layers/bit_strip.h"
#include "widgets/layers/layer_columns.h"
#include "widgets/layers/layer_tree.h"
#include "widgets/layers/network_view.h"
#include "widgets/panels/evaluation_panel.h"
#include "widgets/panels/heat_map_panel.h"
#include "widgets/panels/lab_panel.h"
#include "widgets/panels/measured_panel.h"
#include "widgets/panels/recurrence_panel.h"
#include "widgets/panels/spectrum_panel.h"
#include "widgets/panels/statistics_panel.h"
#include "widgets/plots/bar_plot.h"
#include "widgets/plots/channel_plot.h"
#include "widgets/plots/histogram_canvas.h"
#include "widgets/plots/histogram_plot.h"
#include "widgets/plots/size_quality_plot.h"
#include "widgets/window/budget_bar.h"
#include "widgets/window/command_palette.h"
#include "widgets/window/job_bar.h"
#include "widgets/window/job_list.h"
#include "widgets/window/menu_bar_room.h"
#include "widgets/window/message_bar.h"
#include "widgets/window/welcome_page.h"
#include "widgets/window/why_popover.h"

#undef slots
#undef signals
#undef emit
#undef foreach

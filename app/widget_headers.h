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

#include "widgets/bar_plot.h"
#include "widgets/bit_keys.h"
#include "widgets/bit_strip.h"
#include "widgets/budget_bar.h"
#include "widgets/channel_plot.h"
#include "widgets/command_palette.h"
#include "widgets/compare_classes.h"
#include "widgets/compare_neighbours.h"
#include "widgets/compare_pane.h"
#include "widgets/compare_texts.h"
#include "widgets/elided_label.h"
#include "widgets/heat_map_panel.h"
#include "widgets/histogram_canvas.h"
#include "widgets/histogram_plot.h"
#include "widgets/icons.h"
#include "widgets/job_bar.h"
#include "widgets/job_list.h"
#include "widgets/lab_panel.h"
#include "widgets/layer_columns.h"
#include "widgets/layer_selection.h"
#include "widgets/layer_tree.h"
#include "widgets/measured_panel.h"
#include "widgets/menu_bar_room.h"
#include "widgets/message_bar.h"
#include "widgets/network_view.h"
#include "widgets/quality_panel.h"
#include "widgets/recipe_diff_panel.h"
#include "widgets/recurrence_panel.h"
#include "widgets/size_quality_plot.h"
#include "widgets/spectrum_panel.h"
#include "widgets/statistics_panel.h"
#include "widgets/tabular.h"
#include "widgets/text_notice.h"
#include "widgets/welcome_page.h"
#include "widgets/why_popover.h"

#undef slots
#undef signals
#undef emit
#undef foreach

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QHash>

namespace bitloom {

class DockSight;
class HeatMapPanel;
class LazyRefresh;

/// Feeds the heat map: what every layer would cost at every number of bits the strip offers.
/// Fills it row by row, the selected layers first, while the panel is in sight; each row is a job
/// of its own, so that what follows an edit never waits for the whole map. Clicks select, a taken
/// cell is an edit.
class HeatMapFeed : public QObject {
    Q_OBJECT

public:
    HeatMapFeed(ApplicationContext& context, HeatMapPanel* panel);

private:
    /// What a slot would have with some bits, and its damage where that is known.
    struct Option {
        SlotChoice choice;
        std::optional<double> damage;
        bool asked = false; ///< also where nothing was found: it needs inputs not measured yet
    };
    using Options = QList<std::optional<Option>>; ///< by column; none: not on offer
    struct RowJob {
        int slot = -1;
        QList<std::optional<double>> damages; ///< by column
        bool stopped = false;
    };

    void clear();
    void forget();
    void refresh();
    void show();
    void showCaption();
    void fill();
    void receive(const RowJob& found);
    void showSelection();
    void choose(const QList<int>& slotIndices, bool add, bool toggle);
    void take(int slot, int column);
    /// Schemes by column, of rows of a length.
    using Columns = QList<std::optional<QString>>;
    Columns columnsOf(int slot) const;
    Options optionsOf(int slot, const Columns& columns) const;
    std::optional<int> nextRow() const;

    ApplicationContext& m_context;
    HeatMapPanel* m_panel;
    DockSight* m_sight;
    LazyRefresh* m_lazy;
    QHash<int, Options> m_options;           ///< by slot
    std::vector<TransformStep> m_transforms; ///< that the options are of
    QList<int> m_order;                      ///< slots, as the rows stand
    bool m_stopped = false;
};

} // namespace bitloom

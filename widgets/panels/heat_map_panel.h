// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/heat_map.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace bitloom {

/// The heat map with a sentence that says what it is.
class HeatMapPanel : public QWidget {
    Q_OBJECT

public:
    explicit HeatMapPanel(QWidget* parent = nullptr);

    HeatMap* map() const { return m_map; }
    void setCaption(const QString& text);
    /// Whether cells are missing because the filling was stopped.
    void setStopped(bool stopped);

signals:
    void resumeRequested();

private:
    QLabel* m_caption = nullptr;
    QPushButton* m_resume = nullptr;
    HeatMap* m_map = nullptr;
};

} // namespace bitloom

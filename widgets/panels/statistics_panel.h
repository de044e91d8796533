// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/text_table.h"

#include <QList>
#include <QPair>
#include <QWidget>

class QTableWidget;

namespace bitloom {

class WrappedLabel;

/// A slot's statistics as label and value; rows can be copied.
class StatisticsPanel : public QWidget {
    Q_OBJECT

public:
    explicit StatisticsPanel(QWidget* parent = nullptr);

    /// `title` says whose they are; no rows shows the empty state.
    void setRows(const QString& title, const QList<QPair<QString, QString>>& rows);
    TextTable table(bool selectedOnly) const;

    void copySelection();

signals:
    /// See PlotBase.
    void exportRequested(const QString& suggestedName, const QByteArray& content);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    WrappedLabel* m_title = nullptr;
    QTableWidget* m_table = nullptr;
};

} // namespace bitloom

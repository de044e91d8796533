// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableWidget>

namespace bitloom {

/// A table that is read, not edited; Ctrl+C copies its chosen cells, or all.
class CompareTable : public QTableWidget {
    Q_OBJECT

public:
    CompareTable(const QString& objectName, const QString& label, const QStringList& header,
                 QWidget* parent = nullptr);

    /// Puts a text; `number`: right-aligned.
    void put(int row, int column, const QString& text, bool number = false);
    /// The sentence in place of rows.
    void setEmptyText(const QString& text) { m_empty = text; }

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_empty;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Qt>

namespace bitloom {

/// Columns of the layer model (a two-level tree: groups such as "block 3", below them slots).
enum LayerColumn {
    NameColumn,
    BitsColumn, ///< bits per weight as stored now
    SchemeColumn,
    MethodColumn,
    InputsColumn,      ///< activation scheme of what is multiplied; empty: floats
    SensitivityColumn, ///< damage at 4 bits
    ErrorColumn,       ///< relative error of the present choice
    SizeColumn,        ///< bytes of the present choice
    ShapeColumn,
    LayerColumnCount
};

/// Data roles every view of the layer model may ask for. Numbers come as double or qint64, invalid
/// QVariant means "not known yet".
enum LayerRole {
    SlotRole = Qt::UserRole + 1, ///< int: slot index; invalid for group rows
    KindRole,                    ///< QString: role name ("attention query")
    BlockRole,                   ///< int: block number, -1 outside blocks
    WeightsRole,                 ///< qint64
    BitsRole,                    ///< double
    SchemeRole,                  ///< QString: scheme id, empty = as stored
    MethodRole,                  ///< QString
    SensitivityRole,             ///< double
    DamageRole,                  ///< double: damage of the present choice
    ErrorRole,                   ///< double: relative error of the present choice
    SizeRole,                    ///< qint64
    LockedRole,                  ///< bool
    QuantizableRole,             ///< bool
    ChangedByFitRole,            ///< bool: the last fit changed it
    MetricRole                   ///< double: damage at 4 bits by another metric, where one is shown
};

} // namespace bitloom
